/** Wakes the home hosts of repositories that are asked for. */
import { likelyHome } from '../domain/home.js';
import type { Sql } from '../platform/postgres/sql.js';
import type { Wake } from '../queue/waker.js';
import { probeRegistry } from '../store/repositories/probe-registry.js';

export interface WakeHomesDependencies {
  readonly sql: Sql;
  /** This host: it is woken where no host has claimed a repository and none is named. */
  readonly host: string;
  readonly wake: (wakes: readonly Wake[]) => Promise<void>;
}

/** A repository to be woken, with the priority of its request. */
export type Wanted = Omit<Wake, 'host'>;

/**
 * Looks up the homes and wakes them. Repositories that are gone are left out.
 * @throws {DoiError} `database_unavailable`, `redis_unavailable`
 */
export async function wakeHomes(
  { sql, host, wake }: WakeHomesDependencies,
  wanted: readonly Wanted[],
): Promise<void> {
  const priorities = new Map(wanted.map(({ repoId, priority }) => [repoId, priority]));
  const registries = await probeRegistry(sql, [...priorities.keys()]);
  await wake(
    registries.flatMap(({ repoId, repo, claimedBy }) => {
      const priority = priorities.get(repoId);
      return priority === undefined ? [] : { repoId, priority, host: likelyHome(repo, claimedBy, host) };
    }),
  );
}
