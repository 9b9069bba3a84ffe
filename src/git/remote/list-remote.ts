/** Asks a remote which commit a branch is at, and follows a redirect within its server. */

import { isBranchName } from '../../domain/branch-name.js';
import { isObjectId } from '../../domain/object-id.js';
import type { RemoteProblem } from './classify.js';
import { parseRemoteUrl, type RemoteUrl } from './parse-remote-url.js';
import { branchMissing, remoteError } from './remote-error.js';
import { type GitDeps, type GitResult, runGit } from './run-git.js';

export interface RemoteTip {
  /** The remote that answered: another one than was asked where that redirects within its server. */
  readonly remote: RemoteUrl;
  readonly branch: string;
  readonly commit: string;
}

export interface ListOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Git writes no file here. */
const NO_FILES = 2 ** 20;

/**
 * @param branch null for the one that the remote's HEAD names
 * @throws {RemoteError} why the remote did not answer; `branch_missing` where it has no such branch, no commit, or a HEAD that
 *   names no branch
 */
export async function listRemote(
  deps: GitDeps,
  { remote, branch }: { readonly remote: RemoteUrl; readonly branch: string | null },
  options: ListOptions,
): Promise<RemoteTip> {
  const list = (at: RemoteUrl) => listOnce(deps, at, { ...options, branch });
  const first = await list(remote);
  const moved = first.ok ? undefined : redirectedTo(remote, first.problem);
  const [at, result] = moved === undefined ? [remote, first] : [moved, await list(moved)];
  if (!result.ok) throw remoteError(result.problem, at);
  return { remote: at, ...findTip(at, branch, result.stdout) };
}

function listOnce(
  deps: GitDeps,
  remote: RemoteUrl,
  { branch, ...options }: ListOptions & { readonly branch: string | null },
): Promise<GitResult> {
  // With --heads the server leaves out all that is no branch; there HEAD is none.
  const args =
    branch === null
      ? ['ls-remote', '--symref', '--', remote.url, 'HEAD']
      : ['ls-remote', '--heads', '--', remote.url, `refs/heads/${branch}`];
  return runGit(deps, { ...options, step: 'list', remote, args, maxFileBytes: NO_FILES });
}

function findTip(remote: RemoteUrl, branch: string | null, stdout: string): Omit<RemoteTip, 'remote'> {
  const lines = stdout.split('\n').map((line) => line.split('\t'));
  const idOf = (ref: string) => lines.find(([id = '', name]) => name === ref && isObjectId(id))?.[0];
  if (branch !== null) {
    const commit = idOf(`refs/heads/${branch}`);
    if (commit === undefined) throw branchMissing(remote, `has no branch ${branch}`);
    return { branch, commit };
  }
  const commit = idOf('HEAD');
  if (commit === undefined) throw branchMissing(remote, 'has no commit that its HEAD leads to');
  const target = lines.find(([id, name]) => name === 'HEAD' && id?.startsWith('ref: '))?.[0];
  const [, head] = target === undefined ? [] : (/^ref: refs\/heads\/(.+)$/.exec(target) ?? []);
  if (head === undefined) throw branchMissing(remote, 'has a HEAD that names no branch');
  if (!isBranchName(head)) throw branchMissing(remote, 'has a HEAD that names a branch no git would make');
  return { branch: head, commit };
}

const SUFFIX = /\/info\/refs\?service=git-upload-pack$/;

/** The address to which a redirect leads within the same server; undefined for any other. */
function redirectedTo(from: RemoteUrl, { code, location }: RemoteProblem): RemoteUrl | undefined {
  if (code !== 'remote_moved' || location === undefined || !SUFFIX.test(location)) return undefined;
  const base = `${from.url.replace(/\/$/, '')}/info/refs`;
  if (!URL.canParse(location, base)) return undefined;
  const to = new URL(location, base);
  const old = new URL(from.url);
  const isSame = to.protocol === old.protocol && to.host === old.host;
  const isUpgrade = `${old.protocol}${to.protocol}` === 'http:https:' && to.hostname === old.hostname;
  if (
    to.username !== '' ||
    to.password !== '' ||
    !(isSame || (isUpgrade && to.port === '' && old.port === ''))
  )
    return undefined;
  return parseRemoteUrl(to.href.replace(SUFFIX, ''));
}
