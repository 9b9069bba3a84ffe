/**
 * Makes a mirror. Promise: it is made beside its place and moved there when it is complete.
 */
import { dirname } from 'node:path';
import type { KeyedMutex } from '../../platform/process/keyed-mutex.js';
import { removeTree } from '../../platform/process/scratch-folder.js';
import type { RemoteProblem } from './classify.js';
import { fetchInto } from './fetch-into.js';
import { measureMirror, putInPlace, removeTemporary, temporaryBeside } from './mirror.js';
import { type MirrorKind, type MirrorSettings, readBranch, writeSkeleton } from './mirror-files.js';
import type { RemoteUrl } from './parse-remote-url.js';
import { remoteError } from './remote-error.js';
import type { GitDeps } from './run-git.js';

export interface MirrorDeps extends GitDeps {
  /** Lets one git at a time write into a mirror, by its folder. */
  readonly turns: KeyedMutex;
}

export interface ContactLimits {
  /** For reading what branches there are, in milliseconds. */
  readonly listMs: number;
  /** For each fetch, in milliseconds. */
  readonly fetchMs: number;
  /** The most that a fetch may store. */
  readonly fetchBytes: number;
}

export const CONTACT_LIMITS: ContactLimits = { listMs: 60_000, fetchMs: 600_000, fetchBytes: 2 ** 30 };

/** A branch of a remote, and the folder into which it is fetched. */
export interface FetchTarget {
  readonly folder: string;
  readonly branch: string;
  readonly remote: RemoteUrl;
  readonly limits: ContactLimits;
  readonly signal: AbortSignal | undefined;
}

export interface MadeMirror {
  readonly commit: string;
  /** The size of the mirror. */
  readonly bytes: number;
}

/**
 * Makes a mirror, of the kind `whole` where the server sends plain files.
 * @throws {RemoteError} why the remote could not be read; what was in the mirror's place is then as it was
 * @throws {DoiError} as `runGit`
 */
export async function makeMirror(
  deps: GitDeps,
  target: FetchTarget,
  settings: MirrorSettings,
): Promise<MadeMirror> {
  await removeTemporary(dirname(target.folder));
  const made = await tryMake(deps, target, settings);
  if (!('messages' in made)) return made;
  const isDumb = made.messages.includes('does not support shallow capabilities');
  const again = isDumb ? await tryMake(deps, target, { ...settings, kind: 'whole' }) : made;
  if ('messages' in again) throw remoteError(again, target.remote);
  return again;
}

async function tryMake(
  deps: GitDeps,
  target: FetchTarget,
  settings: MirrorSettings,
): Promise<MadeMirror | RemoteProblem> {
  const { folder, branch, remote } = target;
  const temporary = temporaryBeside(folder);
  try {
    await writeSkeleton(temporary, settings, branch);
    const problem = await fetchBranch(deps, { ...target, folder: temporary }, settings.kind);
    if (problem !== undefined) return problem;
    const commit = await readBranch(temporary, branch);
    const size = await measureMirror(temporary);
    if (commit === undefined || size === undefined)
      throw remoteError(
        { code: 'remote_failed', messages: 'no branch after the fetch', isServers: false },
        remote,
      );
    await putInPlace(temporary, folder);
    return { commit, bytes: size.bytes };
  } finally {
    await removeTree(temporary);
  }
}

const LEFT_OUT: Readonly<Record<MirrorKind, readonly string[]>> = {
  partial: ['--depth', '1', '--filter=blob:none'],
  shallow: ['--depth', '1'],
  whole: [],
};

/** Fetches a branch into a mirror of that kind. @returns undefined where that succeeded @throws {DoiError} as `runGit` */
export function fetchBranch(
  deps: GitDeps,
  { folder, branch, remote, limits, signal }: FetchTarget,
  kind: MirrorKind,
): Promise<RemoteProblem | undefined> {
  const args = [...LEFT_OUT[kind], 'origin', `+refs/heads/${branch}:refs/heads/${branch}`];
  const { fetchMs: timeoutMs, fetchBytes: maxFileBytes } = limits;
  return fetchInto(deps, folder, { remote, args, timeoutMs, maxFileBytes, signal });
}
