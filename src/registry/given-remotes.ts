/** Reads the remotes that a person gives to be registered: one by one, or as a list of lines. */
import { dropCredentials } from '../domain/drop-credentials.js';
import { DoiError } from '../domain/errors.js';
import { FORGE_NAMES } from '../domain/forge.js';
import { parseGitRemote, splitRemote } from '../domain/git-remote.js';
import { cleanText } from '../domain/text.js';
import { parseDiscoveryTarget } from '../platform/settings/forge-settings.js';

export interface GivenRemote {
  /** Without user info, but for the user of ssh, and without a query. */
  readonly remoteUrl: string;
  /** The name of the repository: the end of the path without `.git`. */
  readonly name: string;
  /** Whether it had what may be a secret, which is not in `remoteUrl`. */
  readonly isCut: boolean;
}

/** Whether git takes a text for a remote rather than a path: it has a scheme, or a colon before the first slash. */
export function isRemote(text: string): boolean {
  return /^[^/]*:/.test(text.trim());
}

/**
 * Reads one remote. The error never quotes it, since it may hold a password.
 * @param where what the error calls it, such as `line 3 of FILE`
 * @throws {DoiError} `bad_request` for what git cannot fetch from, and for what may hold a secret in its path
 */
export function readGivenRemote(text: string, where: string): GivenRemote {
  refuseOwner(text, where);
  const judged = parseGitRemote(text);
  const remoteUrl = judged.ok ? dropCredentials(text) : undefined;
  const [given, kept] = [splitRemote(text), splitRemote(remoteUrl ?? '')];
  if (remoteUrl === undefined || typeof given === 'string' || typeof kept === 'string')
    throw refuse(where, judged.ok ? 'it may hold a password or a token in its path' : judged.reason);
  const { scheme, host, path } = kept;
  if (scheme?.startsWith('git+') && scheme !== 'git+ssh') throw refuse(where, `git has no scheme ${scheme}`);
  // git ignores the host, so that two addresses would be one.
  if (scheme === 'file' && host !== '') throw refuse(where, 'a file URL with a host names no file');
  const names = decodeURIComponent(path)
    .split('/')
    .map((name) => name.replace(/\.git$/i, ''))
    .filter((name) => name !== '');
  const isCut = given.user !== kept.user || /[?#]/.test(text);
  return { remoteUrl, name: cleanText(names.at(-1) ?? '', 200), isCut };
}

/**
 * Reads a list with one remote a line. Blank lines count as nothing, and so do those that begin with `#`.
 * @param from what errors call the list
 * @throws {DoiError} `bad_request` with the number of the first line that is no remote, and for a list without any
 */
export function readRemoteList(text: string, from: string): GivenRemote[] {
  const remotes = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .flatMap((line, index) => {
      const trimmed = line.trim();
      if (trimmed === '' || trimmed.startsWith('#')) return [];
      return readGivenRemote(trimmed, `line ${index + 1} of ${from}`);
    });
  if (remotes.length > 0) return remotes;
  throw new DoiError('bad_request', `${from} holds no remote.`, 'Write one URL a line.');
}

/** For git, `github:acme` is a repository on a host that only a configuration of ssh knows; people mean the forge. */
function refuseOwner(text: string, where: string): void {
  const target = parseDiscoveryTarget(text.trim());
  if (target === undefined || (target.owner.includes('/') && target.url === undefined)) return;
  const { kind, owner, url } = target;
  const command = `doi discover ${kind} ${owner}${url === undefined ? '' : ` --url ${url}`}`;
  throw new DoiError(
    'bad_request',
    `Of ${where} no mirror can be made: it names an owner at ${FORGE_NAMES[kind]}, and no repository.`,
    `Run "${command}" for all repositories of that owner; for a host ${kind} of your ssh configuration give ssh://${kind}/PATH.`,
  );
}

function refuse(where: string, reason: string): DoiError {
  const remedy =
    'Give a URL of https, http, ssh, git or file, or the form user@host:path. Nothing was registered.';
  return new DoiError('bad_request', `Of ${where} no mirror can be made: ${reason}.`, remedy);
}
