/** Requests an evaluation of one repository for a person: it goes before all others. */
import { DoiError } from '../domain/errors.js';
import { PERSON_REASON, PRIORITY, VERIFY_REASON } from '../domain/request.js';
import type { Sql } from '../platform/postgres/sql.js';
import type { Wake } from '../queue/waker.js';
import { findHomes, type RepositoryHome } from '../store/repositories/find-homes.js';
import { unknownRepository } from '../store/repositories/unknown-repository.js';
import { addRequests } from '../store/requests/add-requests.js';

export interface RefreshDependencies {
  readonly sql: Sql;
  /** This host: it is woken where no host has claimed the repository. */
  readonly host: string;
  readonly wake: (wakes: readonly Wake[]) => Promise<void>;
}

export interface RefreshOptions {
  readonly repoId: string;
  /** Judge everything again, even where no input changed. */
  readonly forced: boolean;
  readonly reason: string;
}

/** `wakeError`: the wake-up was not sent; the request stays, and the home host's watch finds it. */
export interface Refreshed {
  readonly home: string;
  readonly wakeError: DoiError | undefined;
}

/**
 * Requests an evaluation of one repository, and wakes its home.
 * @throws {DoiError} `bad_request` where it is not active, `database_unavailable`
 */
export async function refresh(deps: RefreshDependencies, options: RefreshOptions): Promise<Refreshed> {
  const { repoId } = options;
  const [found] = await findHomes(deps.sql, { repoIds: [repoId] }, deps.host);
  const { host: home } = await addRequest(deps.sql, found, options);
  try {
    await deps.wake([{ repoId, host: home, priority: PRIORITY.person }]);
    return { home, wakeError: undefined };
  } catch (error) {
    if (error instanceof DoiError && error.code === 'redis_unavailable') return { home, wakeError: error };
    throw error;
  }
}

/**
 * Requests an evaluation of the repository of that name, as a person does; the caller wakes.
 * @returns what to wake
 * @throws {DoiError} `unknown_repository`, `bad_request` where it is not active, `database_unavailable`
 */
export async function requestBySlug(
  { sql, host }: Pick<RefreshDependencies, 'sql' | 'host'>,
  slug: string,
  forced: boolean,
): Promise<Wake> {
  const [found] = await findHomes(sql, { slug }, host);
  if (found === undefined) throw await unknownRepository(sql, [slug]);
  const { repoId, host: home } = await addRequest(sql, found, { forced, reason: PERSON_REASON });
  return { repoId, host: home, priority: PRIORITY.person };
}

/**
 * Requests that the home host of the repository of that name probes it, and contacts the remote of a mirror, as it does for
 * a person; it judges only what changed. The caller wakes.
 * @returns what to wake; undefined where the repository is not active, so that no host probes it
 * @throws {DoiError} `unknown_repository`, `database_unavailable`
 */
export async function requestVerification(
  { sql, host }: Pick<RefreshDependencies, 'sql' | 'host'>,
  slug: string,
): Promise<Wake | undefined> {
  const [found] = await findHomes(sql, { slug }, host);
  if (found === undefined) throw await unknownRepository(sql, [slug]);
  if (found.status !== 'active') return undefined;
  const { repoId, host: home } = await addRequest(sql, found, { forced: false, reason: VERIFY_REASON });
  return { repoId, host: home, priority: PRIORITY.person };
}

async function addRequest(
  sql: Sql,
  found: RepositoryHome | undefined,
  { forced, reason }: Omit<RefreshOptions, 'repoId'>,
): Promise<RepositoryHome> {
  if (found?.status !== 'active') {
    const slug = found?.slug;
    const what = `${slug ?? 'The repository'} is not active, so it is not judged.`;
    throw new DoiError('bad_request', what, `Make it active again: "doi archive ${slug ?? 'SLUG'} --undo".`);
  }
  const { repoId } = found;
  await addRequests(sql, [{ repoId, reason, forced, priority: PRIORITY.person, wanted: null }]);
  return found;
}
