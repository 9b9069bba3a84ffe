/** Opens what a worker needs to judge bare repositories: what a commit holds, its values, and a folder for the checker. */
import { DoiError } from '../domain/errors.js';
import { GitObjects, type GitOptions } from '../git/objects/git-objects.js';
import type { BareTip, CommitInputs, ReadCommit } from '../inputs/probe/commit-inputs.js';
import type { EvaluateDependencies } from './evaluate.js';

/** How many commits are kept that were read; after that, the record of this host has them. */
const MOST_KEPT = 1000;
/** How long a commit that could not be read is not tried again, in milliseconds: several passes of the watch. */
const FAILED_MS = 30_000;

export interface OpenGit extends Pick<EvaluateDependencies, 'loadCommit' | 'layOut'> {
  /** For jobs: what a mirror lacks is fetched from its remote. */
  readonly readCommit: ReadCommit;
  /** For passes and events, which wait for no git server: what a mirror lacks is an error, remembered for a while. */
  readonly readCommitHere: ReadCommit;
}

export interface OpenGitOptions extends GitOptions {
  /** DOI_CONSISTENCY_INPUTS: what the checker gets besides `workplans`. */
  readonly checkerInputs: readonly string[];
  /** Fetches objects that a mirror lacks. @throws {DoiError} `objects_unreadable` where the repository is no mirror */
  readonly fetchObjects: (repoId: string, ids: readonly string[], signal?: AbortSignal) => Promise<void>;
  /** A clock that only goes forward, in milliseconds. */
  readonly now?: () => number;
}

export function openGit({
  checkerInputs,
  fetchObjects,
  now = () => performance.now(),
  ...options
}: OpenGitOptions): OpenGit {
  const objects = new GitObjects(options);
  const placeOf = (tip: BareTip) => ({
    ...tip,
    fetchObjects: (ids: readonly string[], signal?: AbortSignal) => fetchObjects(tip.repoId, ids, signal),
  });
  const known: Kept<CommitInputs> = new Map();
  const underWayHere: Kept<Promise<CommitInputs>> = new Map();
  // One job at a time judges a repository, so that none ends the read of another one.
  const readForJob: ReadCommit = async (tip, signal) => {
    const found = findKept(known, tip) ?? (await objects.readCommit(placeOf(tip), signal));
    keep(known, tip, found);
    return found;
  };
  return {
    // What a job fetches is noticed as an event too, whose read is mostly under way when the job comes to its own.
    readCommit: async (tip, signal) =>
      (await findKept(underWayHere, tip)?.catch(() => undefined)) ?? readForJob(tip, signal),
    readCommitHere: keepFound(
      keepFailed((tip) => objects.readCommit(tip), now),
      known,
      underWayHere,
    ),
    loadCommit: (tip, keys, signal) =>
      objects.load(placeOf(tip), keys, { extraPaths: checkerInputs, signal }),
    layOut: (tip, use, signal) =>
      objects.layOut(placeOf(tip), checkerInputs, ({ path }) => use({ path, owner: tip.owner }), signal),
  };
}

/** What is kept of the last commit of each repository. */
type Kept<T> = Map<string, { readonly commit: string; readonly value: T }>;

function findKept<T>(kept: Kept<T>, { repoId, commit }: BareTip): T | undefined {
  const last = kept.get(repoId);
  return last?.commit === commit ? last.value : undefined;
}

function keep<T>(kept: Kept<T>, { repoId, commit }: BareTip, value: T): void {
  kept.delete(repoId);
  kept.set(repoId, { commit, value });
  const [oldest] = kept.keys();
  if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
}

/** Keeps in `known` what was found: a job probes several times, and a commit never changes. One read at a time of a commit. */
function keepFound(
  readCommit: ReadCommit,
  known: Kept<CommitInputs>,
  underWay: Kept<Promise<CommitInputs>>,
): ReadCommit {
  const read = async (tip: BareTip) => {
    const found = await readCommit(tip);
    keep(known, tip, found);
    return found;
  };
  return async (tip) => {
    const found = findKept(known, tip) ?? findKept(underWay, tip);
    if (found !== undefined) return found;
    const reading = read(tip);
    keep(underWay, tip, reading);
    try {
      return await reading;
    } finally {
      if (underWay.get(tip.repoId)?.value === reading) underWay.delete(tip.repoId);
    }
  };
}

/** Throws the same error again for {@link FAILED_MS}, so that each pass does not start git for nothing. */
function keepFailed(readCommit: ReadCommit, now: () => number): ReadCommit {
  const failed: Kept<{ readonly error: DoiError; readonly until: number }> = new Map();
  return async (tip) => {
    const last = findKept(failed, tip);
    if (last !== undefined && now() < last.until) throw last.error;
    try {
      return await readCommit(tip);
    } catch (error) {
      if (error instanceof DoiError) keep(failed, tip, { error, until: now() + FAILED_MS });
      throw error;
    }
  };
}
