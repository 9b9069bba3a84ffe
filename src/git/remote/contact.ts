/**
 * Contacts a remote and brings its mirror to the tip of the branch. Promise: a reader of the mirror finds a complete commit or
 * no mirror at all, and a mirror that is damaged is made again.
 */
import { isBranchName } from '../../domain/branch-name.js';
import { DoiError } from '../../domain/errors.js';
import { formatOf } from '../../domain/object-id.js';
import { type ListOptions, listRemote, type RemoteTip } from './list-remote.js';
import {
  CONTACT_LIMITS,
  type ContactLimits,
  type FetchTarget,
  fetchBranch,
  type MirrorDeps,
  makeMirror,
} from './make-mirror.js';
import {
  hasClash,
  isGrown,
  measureMirror,
  removeLeftovers,
  removeOtherBranches,
  requireReplaceable,
} from './mirror.js';
import { withMirrorErrors } from './mirror-errors.js';
import { type MirrorSettings, readBranch, readSettings, updateConfig, updateHead } from './mirror-files.js';
import { parseRemoteUrl } from './parse-remote-url.js';
import { remoteError } from './remote-error.js';

export interface Contact {
  /** The address of the remote; credentials in it are dropped. */
  readonly url: string;
  /** The branch that is judged; null for the one that the remote's HEAD names. */
  readonly branch: string | null;
  /** The mirror's own, `<root>/<installation>/<repository>.git`. */
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
  /** The one that the remote listed before the fetch. */
  readonly listed: string;
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
  const act = async () => {
    signal?.throwIfAborted();
    const options: ListOptions = { timeoutMs: limits.listMs, signal };
    const tip = await listRemote(deps, { remote, branch }, options);
    return new Update(deps, { ...wanted, limits }, { tip, signal }).run();
  };
  return deps.turns.run(folder, () => withMirrorErrors(act));
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
    if (!isUsable || size === undefined) return this.#make(settings);
    const current = { ...settings, url: remote.url };
    await updateConfig(this.#folder, current);
    if ((await readBranch(this.#folder, branch)) === commit) {
      await this.#point();
      return { branch, commit, listed: commit, fetched: false, isNew: false, bytes: size.bytes };
    }
    const { firstBytes } = this.#wanted;
    if (typeof firstBytes === 'number' && isGrown(firstBytes, size)) return this.#make(settings);
    // Git refuses such a branch beside the old one, which readers need until the new one is there.
    if (await hasClash(this.#folder, branch)) return this.#make(settings);
    return this.#fetchInPlace(current);
  }

  async #fetchInPlace(settings: MirrorSettings): Promise<Contacted> {
    await removeLeftovers(this.#folder);
    const problem = await fetchBranch(this.#deps, this.#target(this.#folder), settings.kind);
    // What is not the remote's answer may come from what is in the mirror.
    if (problem?.code === 'remote_failed') return this.#make(settings);
    if (problem !== undefined) throw remoteError(problem, this.#tip.remote);
    const commit = await readBranch(this.#folder, this.#tip.branch);
    if (commit === undefined) return this.#make(settings);
    await this.#point();
    const size = await measureMirror(this.#folder);
    return size === undefined
      ? this.#make(settings)
      : {
          branch: this.#tip.branch,
          commit,
          listed: this.#tip.commit,
          fetched: true,
          isNew: false,
          bytes: size.bytes,
        };
  }

  /** Lets HEAD name the branch, which is there, and removes those that it named before. */
  async #point(): Promise<void> {
    await updateHead(this.#folder, this.#tip.branch);
    await removeOtherBranches(this.#folder, this.#tip.branch);
  }

  /** A server that sends no object by its id is remembered. */
  async #make(known?: MirrorSettings): Promise<Contacted> {
    // Before anything is fetched for nothing.
    await requireReplaceable(this.#folder);
    const { remote, branch, commit } = this.#tip;
    const kind = known?.kind === 'shallow' && known.url === remote.url ? 'shallow' : 'partial';
    const settings: MirrorSettings = { url: remote.url, format: formatOf(commit), kind };
    const made = await makeMirror(this.#deps, this.#target(this.#folder), settings);
    return { branch, ...made, listed: commit, fetched: true, isNew: true };
  }

  #target(folder: string): FetchTarget {
    const { branch, remote } = this.#tip;
    return { folder, branch, remote, limits: this.#wanted.limits, signal: this.#signal };
  }
}
