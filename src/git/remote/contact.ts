/**
 * Contacts a remote and brings its mirror to the tip of the branch. Promise: a reader of the mirror finds a complete commit or
 * no mirror at all, and a mirror that is damaged is made again.
 */
import { dirname } from 'node:path';
import { isBranchName } from '../../domain/branch-name.js';
import { DoiError } from '../../domain/errors.js';
import type { KeyedMutex } from '../../platform/process/keyed-mutex.js';
import type { RemoteProblem } from './classify.js';
import { fetchInto } from './fetch-into.js';
import { type ListOptions, listRemote, type RemoteTip } from './list-remote.js';
import {
  isGrown,
  measureMirror,
  putInPlace,
  removeLeftovers,
  removeOtherBranches,
  removeTemporary,
  removeTree,
  temporaryBeside,
} from './mirror.js';
import {
  formatOf,
  type MirrorSettings,
  readBranch,
  readSettings,
  updateConfig,
  updateHead,
  writeSkeleton,
} from './mirror-files.js';
import { parseRemoteUrl } from './parse-remote-url.js';
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

export interface Contact {
  /** The address of the remote; credentials in it are dropped. */
  readonly url: string;
  /** The branch that is judged; null for the one that the remote's HEAD names. */
  readonly branch: string | null;
  /** As `mirrorFolder` names it. */
  readonly folder: string;
  /** The mirror's size when it was made; where it is known, a mirror that has grown too much is made again. */
  readonly firstBytes?: number | null;
  /** Makes the mirror again in any case: its objects could not be read. */
  readonly isDamaged?: boolean;
  readonly limits?: ContactLimits;
}

export interface Contacted {
  readonly branch: string;
  /** The commit at which the branch is in the mirror now. */
  readonly commit: string;
  /** Whether there was something to fetch. */
  readonly fetched: boolean;
  /** Whether the mirror was made by this contact; `bytes` is its first size then. */
  readonly isNew: boolean;
  /** The size of the mirror. */
  readonly bytes: number;
}

/**
 * Contacts a remote once. Does not wait for a turn at its server: see `ServerTurns`.
 * @throws {RemoteError} why the remote could not be read; the mirror is then as it was
 * @throws {DoiError} `bad_request` for an address or a name that git may not use; `host_exhausted`; the signal's reason where
 *   it was aborted
 */
export function contact(deps: MirrorDeps, wanted: Contact, signal?: AbortSignal): Promise<Contacted> {
  const { url, branch, folder, limits = CONTACT_LIMITS } = wanted;
  const remote = parseRemoteUrl(url);
  if (branch !== null && !isBranchName(branch))
    throw new DoiError('bad_request', 'That is no name of a branch.', 'Name a branch of the remote.');
  return deps.turns.run(folder, async () => {
    signal?.throwIfAborted();
    const options: ListOptions = { timeoutMs: limits.listMs, signal };
    const tip = await listRemote(deps, { remote, branch }, options);
    return new Update(deps, { ...wanted, limits }, { tip, signal }).run();
  });
}

interface UpdateTarget {
  readonly tip: RemoteTip;
  readonly signal: AbortSignal | undefined;
}

/** Brings one mirror to the commit that the remote named. */
class Update {
  readonly #deps: MirrorDeps;
  readonly #folder: string;
  readonly #wanted: Contact & { readonly limits: ContactLimits };
  readonly #tip: RemoteTip;
  readonly #signal: AbortSignal | undefined;

  constructor(deps: MirrorDeps, wanted: Contact & { readonly limits: ContactLimits }, target: UpdateTarget) {
    this.#deps = deps;
    this.#folder = wanted.folder;
    this.#wanted = wanted;
    this.#tip = target.tip;
    this.#signal = target.signal;
  }

  async run(): Promise<Contacted> {
    const { branch, commit, remote } = this.#tip;
    const settings = await readSettings(this.#folder);
    const size = await measureMirror(this.#folder);
    const isUsable = settings?.format === formatOf(commit) && !this.#wanted.isDamaged;
    if (!isUsable || size === undefined) return this.#make();
    const current = { ...settings, url: remote.url };
    await updateConfig(this.#folder, current);
    if ((await readBranch(this.#folder, branch)) === commit) {
      await this.#point();
      return { branch, commit, fetched: false, isNew: false, bytes: size.bytes };
    }
    const { firstBytes } = this.#wanted;
    if (typeof firstBytes === 'number' && isGrown(firstBytes, size)) return this.#make();
    return this.#fetchInPlace(current);
  }

  async #fetchInPlace(settings: MirrorSettings): Promise<Contacted> {
    await removeLeftovers(this.#folder, performance.timeOrigin);
    const problem = await this.#fetch(this.#folder, settings);
    // What is not the remote's answer may come from what is in the mirror.
    if (problem?.code === 'remote_failed') return this.#make();
    if (problem !== undefined) throw remoteError(problem, this.#tip.remote);
    const commit = await readBranch(this.#folder, this.#tip.branch);
    if (commit === undefined) return this.#make();
    await this.#point();
    const size = await measureMirror(this.#folder);
    return size === undefined
      ? this.#make()
      : { branch: this.#tip.branch, commit, fetched: true, isNew: false, bytes: size.bytes };
  }

  /** Lets HEAD name the branch, which is there, and removes those that it named before. */
  async #point(): Promise<void> {
    await updateHead(this.#folder, this.#tip.branch);
    await removeOtherBranches(this.#folder, this.#tip.branch);
  }

  /** Makes the mirror beside its place, and moves it there. */
  async #make(): Promise<Contacted> {
    await removeTemporary(dirname(this.#folder));
    const { remote, commit: listed } = this.#tip;
    const settings: MirrorSettings = { url: remote.url, format: formatOf(listed), isPartial: true };
    const made = await this.#tryMake(settings);
    if (!('messages' in made)) return made;
    const isDumb = made.messages.includes('does not support shallow capabilities');
    const again = isDumb ? await this.#tryMake({ ...settings, isPartial: false }) : made;
    if ('messages' in again) throw remoteError(again, remote);
    return again;
  }

  async #tryMake(settings: MirrorSettings): Promise<Contacted | RemoteProblem> {
    const { branch, remote } = this.#tip;
    const temporary = temporaryBeside(this.#folder);
    try {
      await writeSkeleton(temporary, settings, branch);
      const problem = await this.#fetch(temporary, settings);
      if (problem !== undefined) return problem;
      const commit = await readBranch(temporary, branch);
      const size = await measureMirror(temporary);
      if (commit === undefined || size === undefined)
        throw remoteError(
          { code: 'remote_failed', messages: 'no branch after the fetch', isServers: false },
          remote,
        );
      await putInPlace(temporary, this.#folder);
      return { branch, commit, fetched: true, isNew: true, bytes: size.bytes };
    } finally {
      await removeTree(temporary);
    }
  }

  async #fetch(folder: string, { isPartial }: MirrorSettings): Promise<RemoteProblem | undefined> {
    const { branch, remote } = this.#tip;
    const { fetchMs, fetchBytes } = this.#wanted.limits;
    const partial = isPartial ? ['--depth', '1', '--filter=blob:none'] : [];
    const args = [...partial, 'origin', `+refs/heads/${branch}:refs/heads/${branch}`];
    return fetchInto(this.#deps, folder, {
      ...{ remote, args, timeoutMs: fetchMs, maxFileBytes: fetchBytes, signal: this.#signal },
    });
  }
}
