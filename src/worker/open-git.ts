/** Opens what a worker needs to judge bare repositories: what a commit holds, its values, and a folder for the checker. */
import { GitObjects, type GitOptions } from '../git/objects/git-objects.js';
import type { BareTip, CommitInputs, ReadCommit } from '../inputs/probe/commit-inputs.js';
import type { EvaluateDependencies } from './evaluate.js';

/** How many commits are kept that were read; after that, the record of this host has them. */
const MOST_KEPT = 1000;

export interface OpenGit extends Pick<EvaluateDependencies, 'loadCommit' | 'layOut'> {
  readonly readCommit: ReadCommit;
}

export interface OpenGitOptions extends GitOptions {
  /** DOI_CONSISTENCY_INPUTS: what the checker gets besides `workplans`. */
  readonly checkerInputs: readonly string[];
  /** Fetches objects that a mirror lacks. @throws {DoiError} `objects_unreadable` where the repository is no mirror */
  readonly fetchObjects: (repoId: string, ids: readonly string[], signal?: AbortSignal) => Promise<void>;
}

export function openGit({ checkerInputs, fetchObjects, ...options }: OpenGitOptions): OpenGit {
  const objects = new GitObjects(options);
  const placeOf = (tip: BareTip) => ({
    ...tip,
    fetchObjects: (ids: readonly string[], signal?: AbortSignal) => fetchObjects(tip.repoId, ids, signal),
  });
  return {
    readCommit: keepLast((tip) => objects.readCommit(placeOf(tip))),
    loadCommit: (tip, keys) => objects.load(placeOf(tip), keys, { extraPaths: checkerInputs }),
    layOut: (tip, use) =>
      objects.layOut(placeOf(tip), checkerInputs, ({ path }) => use({ path, owner: tip.owner })),
  };
}

/** Keeps what was last found of each repository: a job probes several times, and a commit never changes. */
function keepLast(readCommit: ReadCommit): ReadCommit {
  const kept = new Map<string, { readonly commit: string; readonly found: Promise<CommitInputs> }>();
  return (tip) => {
    const last = kept.get(tip.repoId);
    if (last?.commit === tip.commit) return last.found;
    const reading = { commit: tip.commit, found: readCommit(tip) };
    kept.delete(tip.repoId);
    kept.set(tip.repoId, reading);
    reading.found.catch(() => {
      if (kept.get(tip.repoId) === reading) kept.delete(tip.repoId);
    });
    const [oldest] = kept.keys();
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    return reading.found;
  };
}
