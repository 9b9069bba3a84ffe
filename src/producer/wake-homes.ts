/** Wakes the home hosts of repositories that have a request. */
import type { Sql } from '../platform/postgres/sql.js';
import type { Wake } from '../queue/waker.js';
import { findHomes } from '../store/repositories/find-homes.js';

export interface WakeHomesDependencies {
  readonly sql: Sql;
  /** This host: it is woken where no host has claimed a repository and the registry names none. */
  readonly host: string;
  readonly wake: (wakes: readonly Wake[]) => Promise<void>;
}

/** A repository to wake for, with the priority of its request. `host`: its home, where the sender has just found that. */
export type RepositoryToWake = Omit<Wake, 'host'> & Partial<Pick<Wake, 'host'>>;

/**
 * Finds the homes that are not given, and wakes all. A repository that is gone is left out.
 * @throws {DoiError} `database_unavailable`, `redis_unavailable`
 */
export async function wakeHomes(
  { sql, host, wake }: WakeHomesDependencies,
  toWake: readonly RepositoryToWake[],
): Promise<void> {
  const repoIds = toWake.flatMap((one) => (one.host === undefined ? one.repoId : []));
  const found = repoIds.length === 0 ? [] : await findHomes(sql, { repoIds }, host);
  const homes = new Map(found.map((one) => [one.repoId, one.host]));
  await wake(
    toWake.flatMap(({ repoId, priority, host: given }) => {
      const home = given ?? homes.get(repoId);
      return home === undefined ? [] : { repoId, priority, host: home };
    }),
  );
}
