/** A person asks for one repository: it goes before all others. */

import { DoiError } from '../domain/errors.js';
import { likelyHome } from '../domain/home.js';
import { PRIORITY } from '../domain/request.js';
import type { Sql } from '../platform/postgres/sql.js';
import type { Wake } from '../queue/waker.js';
import { findRepositoryId } from '../registry/rows.js';
import { probeRegistry } from '../store/repositories/probe-registry.js';
import { addRequests } from '../store/requests/add-requests.js';

export interface RefreshDependencies {
  readonly sql: Sql;
  /** This host: it is woken where no host has claimed the repository. */
  readonly host: string;
  readonly wake: (wakes: readonly Wake[]) => Promise<void>;
}

export interface RefreshOptions {
  readonly repoId: string;
  /** Judge everything anew, even where no input changed. */
  readonly forced: boolean;
  readonly reason: string;
}

/** What was asked for. `wakeError`: the wake-up was not sent; the request stands, and the home host's watch finds it. */
export interface Refreshed {
  readonly home: string;
  readonly wakeError: DoiError | undefined;
}

/**
 * Asks for one repository, and wakes its home.
 * @throws {DoiError} `bad_request` where it is not active, `database_unavailable`
 */
export async function refresh(deps: RefreshDependencies, wish: RefreshOptions): Promise<Refreshed> {
  const { repoId } = wish;
  const home = await requestRefresh(deps, wish);
  try {
    await deps.wake([{ repoId, host: home, priority: PRIORITY.person }]);
    return { home, wakeError: undefined };
  } catch (error) {
    if (error instanceof DoiError && error.code === 'redis_unavailable') return { home, wakeError: error };
    throw error;
  }
}

/**
 * Asks for one repository; whoever asked wakes, with the priority of a person.
 * @returns the host to wake
 * @throws {DoiError} `bad_request` where it is not active, `database_unavailable`
 */
export async function requestRefresh(
  { sql, host }: Pick<RefreshDependencies, 'sql' | 'host'>,
  { repoId, forced, reason }: RefreshOptions,
): Promise<string> {
  const [registry] = await probeRegistry(sql, [repoId]);
  if (registry?.status !== 'active') {
    const slug = registry?.slug;
    const found = `${slug ?? 'The repository'} is not active, so it is not judged.`;
    throw new DoiError('bad_request', found, `Make it active again: "doi archive ${slug ?? 'SLUG'} --undo".`);
  }
  await addRequests(sql, [{ repoId, reason, forced, priority: PRIORITY.person, wanted: null }]);
  return likelyHome(registry.repo, registry.claimedBy, host);
}

/**
 * Asks for the repository of that name, as a person does; whoever asked wakes.
 * @returns its id
 * @throws {DoiError} `unknown_repository`, `bad_request` where it is not active, `database_unavailable`
 */
export async function requestBySlug(
  deps: Pick<RefreshDependencies, 'sql' | 'host'>,
  slug: string,
  forced: boolean,
): Promise<string> {
  const repoId = await findRepositoryId(deps.sql, slug);
  await requestRefresh(deps, { repoId, forced, reason: 'asked for by a person' });
  return repoId;
}
