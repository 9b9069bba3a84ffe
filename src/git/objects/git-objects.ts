/**
 * Reads the inputs of bare repositories from git's objects. Promise: nothing outside of a repository's own objects is read,
 * and nothing that a repository holds is started.
 */
import { CONTENT_KEYS, type ContentKey } from '../../domain/input.js';
import type { LoadedInputs } from '../../inputs/load/load-inputs.js';
import type { CommitInputs } from '../../inputs/probe/commit-inputs.js';
import { KeptStores } from './kept-stores.js';
import { withLayout } from './lay-out.js';
import type { ObjectPlace } from './object-place.js';
import { type ObjectCall, ObjectStore } from './object-store.js';
import { planLayout } from './plan-layout.js';
import { InputReader } from './read-inputs.js';
import { type GitOptions, GitRunner } from './run-git.js';

export type { ObjectPlace } from './object-place.js';
export type { GitOptions } from './run-git.js';

export interface LaidOut {
  /** The folder's real path. It ends in the same name on every host. */
  readonly path: string;
}

export interface LoadOptions {
  readonly signal?: AbortSignal | undefined;
  /** The `extraPaths` of the {@link GitObjects.layOut} that follows, so that all is read and fetched at once. */
  readonly extraPaths?: readonly string[];
}

/**
 * What one call read, the next on the same commit need not read.
 *
 * All methods throw {DoiError} `objects_unreadable` where objects are missing, broken or borrowed, `checker_missing` or
 * `host_exhausted` where git cannot be run, what the place's `fetchObjects` throws, and the signal's reason.
 */
export class GitObjects {
  readonly #options: GitOptions;
  readonly #git: GitRunner;
  readonly #kept = new KeptStores<ObjectStore>();

  /** @param options the scratch folder is closed by the caller, after the last call has ended */
  constructor(options: GitOptions) {
    this.#options = options;
    this.#git = new GitRunner(options);
  }

  /** Reads the versions of all inputs that a commit holds, and when it was committed; always from the repository itself. */
  async readCommit(place: ObjectPlace, signal?: AbortSignal): Promise<CommitInputs> {
    const store = new ObjectStore(this.#git, this.#call(place, signal));
    const reader = new InputReader(store);
    const found = await store.complete(() => {
      const { committedAt } = store.commit();
      const versions = reader.versions(CONTENT_KEYS) as CommitInputs['versions'];
      return { commit: place.commit, committedAt, versions };
    });
    this.#kept.keep(place, store);
    return found;
  }

  /** Loads the inputs `keys` of a commit, each with the version that {@link readCommit} gives. */
  async load(
    place: ObjectPlace,
    keys: readonly ContentKey[],
    { signal, extraPaths = [] }: LoadOptions = {},
  ): Promise<LoadedInputs> {
    const store = this.#open(place, signal);
    const reader = new InputReader(store);
    const ahead = [
      () => reader.load(CONTENT_KEYS.filter((key) => !keys.includes(key))),
      // Other workplans are given to a checker next.
      ...(keys.includes('workplans') ? [() => planLayout(store, place, extraPaths)] : []),
    ];
    const loaded = await store.complete(
      () => reader.load(keys),
      () => store.gather<unknown>(ahead),
    );
    this.#kept.keep(place, store);
    return loaded;
  }

  /**
   * Writes `workplans` of a commit to a temporary folder, for a checker, and removes that folder after `use`, also where it
   * throws. The folder belongs to the user as whom a checker runs, and no other user may enter it.
   * @param extraPaths further files and folders of the commit, relative; those that it lacks are left out
   * @throws what `use` throws; {DoiError} `objects_unreadable` also where a folder is over a limit
   */
  async layOut<T>(
    place: ObjectPlace,
    extraPaths: readonly string[],
    use: (folder: LaidOut) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const store = this.#open(place, signal);
    const items = await store.complete(() => planLayout(store, place, extraPaths));
    return withLayout({ ...this.#options, place, signal }, items, use);
  }

  #open(place: ObjectPlace, signal: AbortSignal | undefined): ObjectStore {
    const call = this.#call(place, signal);
    const kept = this.#kept.take(place);
    kept?.reuse(call);
    return kept ?? new ObjectStore(this.#git, call);
  }

  #call(place: ObjectPlace, signal: AbortSignal | undefined): ObjectCall {
    return { place, timeoutMs: this.#options.timeoutMs, signal };
  }
}
