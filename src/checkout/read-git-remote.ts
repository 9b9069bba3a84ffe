/** Finds the remote of a checkout or a bare repository in git's files, without running git in it: a configuration can make git start programs. */
import { dropCredentials } from '../domain/drop-credentials.js';
import { parseGitRemote } from '../domain/git-remote.js';
import { hideSecrets } from '../domain/hide-secrets.js';
import { withFileErrors } from '../platform/file-errors.js';
import { bytePath } from './byte-path.js';
import { findAnyGit } from './find-git.js';
import { readGitConfig } from './git-config.js';
import { pickRemote, type RemoteProblem } from './pick-remote.js';
import { readBranch } from './read-head.js';
import { describeShortForm, expandUrl, isShortForm, NO_RULES, type OwnUrlRules } from './short-remotes.js';

export interface FoundRemote {
  readonly url: string | null;
  /** Why there is no URL although there could be one, or what will not work with the URL. */
  readonly problem?: RemoteProblem | undefined;
}

/**
 * The remote as git would use it: with credentials, and even where it may not be stored.
 * @param root the real path of the checkout or the bare repository
 * @throws {DoiError} `file_unreadable`
 */
export async function findRemote(root: string, ownRules: OwnUrlRules = NO_RULES): Promise<FoundRemote> {
  const { url, problem } = await readRemote(root, ownRules);
  if (problem === undefined) return { url };
  const { note, remedy } = problem;
  const cleaned = {
    note: hideSecrets(note),
    ...(remedy === undefined ? {} : { remedy: hideSecrets(remedy) }),
  };
  return { url, problem: cleaned };
}

async function readRemote(root: string, ownRules: OwnUrlRules): Promise<FoundRemote> {
  const found = withFileErrors(`${root}/.git`, () => findAnyGit(bytePath(root)));
  if (found.state === 'none') return { url: null };
  if (found.state === 'refused') return { url: null, problem: { note: found.why, remedy: found.remedy } };
  const config = readGitConfig(found.git);
  const picked = pickRemote(config.settings, () => readBranch(found.git));
  if (picked.url === undefined)
    return { url: null, problem: config.problem === undefined ? picked.problem : { note: config.problem } };
  if (!isShortForm(picked.url)) return { url: picked.url };
  const own = await ownRules();
  const url = expandUrl(picked.url, [...config.settings, ...(own ?? [])]);
  return { url, problem: isShortForm(url) ? describeShortForm(url, picked.name) : undefined };
}

/** The remote without credentials, as it may be stored. */
export async function findStorableRemote(root: string, ownRules?: OwnUrlRules): Promise<FoundRemote> {
  const found = await findRemote(root, ownRules);
  if (found.url === null) return found;
  const url = dropCredentials(found.url);
  if (url !== undefined) return { ...found, url };
  const remote = parseGitRemote(found.url);
  const why = remote.ok ? 'it does not show which part of it is a password' : remote.reason;
  return { url: null, problem: { note: `The remote is not stored: ${why}.` } };
}

/** The URL alone, to compare; null also for a short form, which only the git of the person who registered it can expand. */
export async function readGitRemote(root: string): Promise<string | null> {
  const { url } = await findStorableRemote(root);
  return url === null || isShortForm(url) ? null : url;
}
