/** Runs a fetch in a mirror, and leaves nothing unfinished there when it fails. */
import type { RemoteProblem } from './classify.js';
import { removeLeftovers } from './mirror.js';
import { type GitDeps, type GitRun, runGit } from './run-git.js';

const FETCH = [
  ...['fetch', '-q', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--no-recurse-submodules'],
];
// A server that knows which commits are here would leave out what they lead to, and so what is missing here.
const WITHOUT_HAVES = ['-c', 'fetch.negotiationAlgorithm=noop'];

/**
 * @param wanted `args` follow those that every fetch has
 * @param isForMissing whether it fetches objects that a commit here leads to
 * @returns undefined where it succeeded
 * @throws {DoiError} as `runGit`
 */
export async function fetchInto(
  deps: GitDeps,
  folder: string,
  wanted: Omit<GitRun, 'gitDir' | 'step'>,
  isForMissing = false,
): Promise<RemoteProblem | undefined> {
  let isDone = false;
  try {
    const args = [...(isForMissing ? WITHOUT_HAVES : []), ...FETCH, ...wanted.args];
    const result = await runGit(deps, { ...wanted, step: 'fetch', args, gitDir: folder });
    isDone = result.ok;
    return result.ok ? undefined : result.problem;
  } finally {
    if (!isDone) await removeLeftovers(folder, Number.POSITIVE_INFINITY);
  }
}
