/** Fetches the blobs that a mirror lacks. Promise: no object that is larger than a text may be is stored whole. */
import { DoiError } from '../../domain/errors.js';
import { ObjectsTooLarge } from '../too-large.js';
import { fetchInto } from './fetch-into.js';
import { CONTACT_LIMITS, type MirrorDeps, makeMirror } from './make-mirror.js';
import { withMirrorErrors } from './mirror-errors.js';
import { type MirrorSettings, readHead, readSettings } from './mirror-files.js';
import { parseRemoteUrl, type RemoteUrl } from './parse-remote-url.js';
import { remoteError } from './remote-error.js';

export interface ObjectLimits {
  /** The most that one fetch of several objects may store, in bytes. */
  readonly totalBytes: number;
  /** The most that an object may take in the mirror, where it is compressed. */
  readonly singleBytes: number;
  /** For all of it, in milliseconds. */
  readonly timeoutMs: number;
}

export interface WantedObjects {
  /** The mirror. */
  readonly folder: string;
  readonly ids: readonly string[];
  readonly limits: ObjectLimits;
}

/** What a pack and its index hold besides the objects themselves. */
const OVERHEAD_BYTES = 64 * 1024;

/**
 * Fetches objects by their ids, all at once where their size allows it.
 * @throws {ObjectsTooLarge} those that exceed the limit; the others are there then
 * @throws {RemoteError} why the remote did not send them
 * @throws {DoiError} `objects_unreadable` where there is no mirror; `host_exhausted`; the signal's reason where it was aborted
 */
export function fetchObjects(deps: MirrorDeps, wanted: WantedObjects, signal?: AbortSignal): Promise<void> {
  const { folder, ids, limits } = wanted;
  const act = async () => {
    signal?.throwIfAborted();
    if (ids.length === 0) return;
    const settings = await readSettings(folder);
    if (settings === undefined) throw noMirror();
    const remote = parseRemoteUrl(settings.url);
    const end = performance.now() + limits.timeoutMs;
    const tooLarge = await fetchGroup(deps, { folder, ids, limits, remote, settings, end, signal });
    if (tooLarge.length > 0) throw new ObjectsTooLarge(new Set(tooLarge), limits.singleBytes);
  };
  return deps.turns.run(folder, () => withMirrorErrors(act));
}

interface Group extends WantedObjects {
  readonly remote: RemoteUrl;
  readonly settings: MirrorSettings;
  /** When the time is over, by `performance.now()`. */
  readonly end: number;
  readonly signal: AbortSignal | undefined;
}

/** Fetches a group; one that is too large is halved, until the objects that are too large are found. Returns those. */
async function fetchGroup(deps: MirrorDeps, group: Group): Promise<readonly string[]> {
  const { folder, ids, limits, remote, end, signal } = group;
  const bytes = ids.length === 1 ? limits.singleBytes : limits.totalBytes;
  const run = {
    ...{ remote, signal, timeoutMs: Math.max(1, end - performance.now()) },
    // With a filter, git would make a partial mirror of any.
    args: [...(group.settings.kind === 'partial' ? ['--filter=blob:none'] : []), '--stdin', 'origin'],
    input: ids.map((id) => `${id}\n`).join(''),
    maxFileBytes: bytes + OVERHEAD_BYTES,
  };
  const problem = await fetchInto(deps, folder, run, true);
  if (problem === undefined) return [];
  if (UNADVERTISED.test(problem.messages) && group.settings.kind === 'partial') {
    await makeWithBlobs(deps, group);
    return [];
  }
  if (problem.code !== 'remote_too_large') throw remoteError(problem, remote);
  if (ids.length === 1) return ids;
  const half = Math.ceil(ids.length / 2);
  const first = await fetchGroup(deps, { ...group, ids: ids.slice(0, half) });
  return [...first, ...(await fetchGroup(deps, { ...group, ids: ids.slice(half) }))];
}

// A server that does not know version 2 of git's protocol, as behind an sshd that drops GIT_PROTOCOL, sends no object by its id.
const UNADVERTISED = /does not allow request for unadvertised object/i;

/** Makes the mirror again with all that the tip of its branch holds; its configuration keeps that. */
async function makeWithBlobs(deps: MirrorDeps, { folder, remote, settings, signal }: Group): Promise<void> {
  const branch = await readHead(folder);
  if (branch === undefined) throw noMirror();
  const target = { folder, branch, remote, limits: CONTACT_LIMITS, signal };
  await makeMirror(deps, target, { ...settings, kind: 'shallow' });
}

function noMirror(): DoiError {
  const found = 'The mirror that lacks objects is not there.';
  return new DoiError('objects_unreadable', found, 'The next contact with the remote makes it again.');
}
