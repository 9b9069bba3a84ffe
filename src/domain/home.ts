/** Which host evaluates a repository, and where its checkout is. */
import type { RepoColumns } from './input.js';

type Paths = Pick<RepoColumns, 'hostPaths' | 'localPath'>;

/** The path of a repository's checkout on a host, by the registry; undefined if the registry has none for the host. */
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
 * @returns undefined where no host has claimed it and the registry names none, or several: a named host may not be running,
 *   so the first host that probes the repository claims it
 */
export function homeHost(repo: Paths, claimedBy: string | null): string | undefined {
  if (claimedBy !== null && mayClaim(repo, claimedBy)) return claimedBy;
  const named = Object.keys(repo.hostPaths);
  return named.length === 1 ? named[0] : undefined;
}

/** The host to wake: the home host, else one that may claim the repository, `host` first. */
export function likelyHome(repo: Paths, claimedBy: string | null, host: string): string {
  const home = homeHost(repo, claimedBy);
  if (home !== undefined || mayClaim(repo, host)) return home ?? host;
  return Object.keys(repo.hostPaths)[0] ?? host;
}
