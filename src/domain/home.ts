/** Which host judges a repository, and where it has the checkout. */
import type { RepoColumns } from './input.js';

type Paths = Pick<RepoColumns, 'hostPaths' | 'localPath'>;

/** Where a repository's checkout is said to be on a host; undefined where nothing says it is there. */
export function checkoutPath(repo: Paths, host: string): string | undefined {
  if (Object.hasOwn(repo.hostPaths, host)) return repo.hostPaths[host] || undefined;
  return Object.keys(repo.hostPaths).length === 0 ? (repo.localPath ?? undefined) : undefined;
}

/** Whether a host may claim a repository: the registry names it, or names none. */
export function mayClaim(repo: Paths, host: string): boolean {
  return Object.keys(repo.hostPaths).length === 0 || Object.hasOwn(repo.hostPaths, host);
}

/**
 * The home host: the one that has claimed the repository, as long as the registry still places a checkout there, else
 * the only host that the registry names.
 * @returns undefined where none has claimed it and the registry names none, or several: one that is not running could
 *   not judge it, so the first that looks claims it.
 */
export function homeHost(repo: Paths, claimedBy: string | null): string | undefined {
  if (claimedBy !== null && mayClaim(repo, claimedBy)) return claimedBy;
  const named = Object.keys(repo.hostPaths);
  return named.length === 1 ? named[0] : undefined;
}

/** The host to wake: the home, else one that may claim the repository, `host` before all others. */
export function likelyHome(repo: Paths, claimedBy: string | null, host: string): string {
  const home = homeHost(repo, claimedBy);
  if (home !== undefined || mayClaim(repo, host)) return home ?? host;
  return Object.keys(repo.hostPaths)[0] ?? host;
}
