/** Runs a fetch in a mirror, and leaves nothing unfinished there when it fails. */
import type { RemoteProblem } from './classify.js';
import { listUnfinished, removeLeftovers } from './mirror.js';
import { type GitDeps, type GitResult, type GitRun, runGit } from './run-git.js';

const FETCH = [
  ...['fetch', '-q', '--no-tags', '--no-write-fetch-head'],
  ...['--no-auto-maintenance', '--no-recurse-submodules'],
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
  let ended: GitResult | undefined;
  let longest = 0;
  const others = await listUnfinished(folder);
  try {
    const args = [...(isForMissing ? WITHOUT_HAVES : []), ...FETCH, ...wanted.args];
    ended = await runGit(deps, { ...wanted, step: 'fetch', args, gitDir: folder });
  } finally {
    if (!ended?.ok) longest = await removeLeftovers(folder, others);
  }
  if (ended.ok) return undefined;
  // Git does not say that the limit ended the program that writes the pack, so the length of that pack says it.
  if (longest >= wanted.maxFileBytes) return { ...ended.problem, code: 'remote_too_large', isServers: false };
  return ended.problem;
}
