/** Which host judges a repository, and where it has the checkout. */
import type { RepoColumns } from './input.js';

type Paths = Pick<RepoColumns, 'hostPaths' | 'localPath'>;

/** Where a repository's checkout is said to be on a host; undefined where nothing says it is there. */
export function checkoutPath(repo: Paths, host: string): string | undefined {
  if (Object.hasOwn(repo.hostPaths, host)) return repo.hostPaths[host] || undefined;
  return Object.keys(repo.hostPaths).length === 0 ? (repo.localPath ?? undefined) : undefined;
}

/**
 * The home host: the one that has claimed the repository, as long as the registry still places a checkout there, else
 * the first host by its characters' codes that the registry names. With `local_path` alone only a claim can say.
 * @returns undefined where no host is named and none has claimed it.
 */
export function homeHost(repo: Paths, claimedBy: string | null): string | undefined {
  const named = Object.keys(repo.hostPaths).sort();
  if (claimedBy !== null && (named.length === 0 || named.includes(claimedBy))) return claimedBy;
  return named[0];
}
