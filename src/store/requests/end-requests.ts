/** Ends a start: completes its request, requeues it as if it had not been started, or defers it to a later time. */
import { PRIORITY } from '../../domain/request.js';
import { type Sql, statement, withoutWaiting } from '../../platform/postgres/sql.js';
import { type Observation, observationWrites } from '../hosts/record-observations.js';

/** One start of one request. */
export interface StartedKey {
  readonly repoId: string;
  /** Identifies the request. */
  readonly seq: string;
  /** Identifies the start: the database's time, in ISO 8601 with microseconds. */
  readonly startedAt: string;
  /** Orders the results of starts. */
  readonly observation: string;
}

/**
 * The condition under which the end of a start completes its request, as a fragment: the row is still that very request, in
 * that very start. A server that died may have lost the start; the row is then the same request, not started.
 */
export function isStarted(sql: Sql, { repoId, seq, startedAt }: Omit<StartedKey, 'observation'>) {
  return sql`repo_id = ${repoId} and seq = ${seq} and started_at = ${startedAt}::text::timestamptz`;
}

/**
 * Completes a request: nothing is left of it to do. A later request has another `seq` and stays; its starts are counted
 * from 0 again, since a start has ended.
 * @returns whether this very request was still open
 */
export async function completeRequest(sql: Sql, request: StartedKey): Promise<boolean> {
  const { repoId, seq } = request;
  const result = await statement(sql`
    with later as (update doi_request set starts = 0 where repo_id = ${repoId} and seq <> ${seq})
    delete from doi_request where ${isStarted(sql, request)}`);
  return result.count > 0;
}

/**
 * Completes a request whose repository is as it was when it was last judged, and records the observation. Does not wait for
 * the disk: where the server dies and loses this, the request is there again, and a worker completes it again.
 */
export async function completeAsFresh(
  sql: Sql,
  request: StartedKey,
  { host, seen }: { readonly host: string; readonly seen: Observation },
): Promise<void> {
  const { repoId, seq } = request;
  await statement(sql`
    with later as (update doi_request set starts = 0 where repo_id = ${repoId} and seq <> ${seq}),
    ${observationWrites(sql, host, seen)}
    delete from doi_request using (select ${withoutWaiting(sql)}) quick
    where ${isStarted(sql, request)}`);
}

/**
 * Requeues a started request, so that the start does not count, for a later request neither: the worker stops, or its host
 * has a problem. Where another worker has started the same request since, that start stays.
 */
export async function requeueRequest(sql: Sql, { repoId, seq, startedAt }: StartedKey): Promise<void> {
  await statement(sql`
    update doi_request set
      started_at = case when seq = ${seq} then null else started_at end, starts = greatest(starts - 1, 0)
    where repo_id = ${repoId} and (seq <> ${seq} or started_at = ${startedAt}::text::timestamptz)`);
}

/**
 * Lets a deferred request start at once: what it waited for has ended. Locks its row.
 * @returns its priority; none where no request is deferred
 */
export async function resumeRequest(sql: Sql, repoId: string): Promise<number[]> {
  const rows = await statement(sql<{ priority: number }[]>`
    update doi_request set not_before = null
    where repo_id = ${repoId} and started_at is null and not_before > clock_timestamp()
    returning priority`);
  return rows.map(({ priority }) => priority);
}

/**
 * Lets the requests start at once that wait for a contact or a fetch of this host: those of a worker that was killed never
 * end, so nothing would resume these requests. Where another worker of the host still contacts the remote, its request
 * starts again and waits again. Locks their rows, in the order of the repository ids.
 */
export async function resumeLeftRequests(sql: Sql, host: string): Promise<void> {
  await statement(sql`
    with held as materialized (
      select q.repo_id from doi_request q join doi_source src using (repo_id)
      where src.mirror_host = ${host} and q.started_at is null
        and q.not_before > clock_timestamp() and q.priority < ${PRIORITY.watch}
      order by q.repo_id for update of q
    )
    update doi_request q set not_before = null from held where q.repo_id = held.repo_id`);
}

/** Until when, and for which inputs, a request is deferred. */
export interface Deferral {
  /** What was probed; null where the probe itself broke. A new request for the same fingerprint does not end the delay. */
  readonly fingerprint: string | null;
  /** How long until the next try, in milliseconds. */
  readonly retryMs: number;
  /** Whether everything was judged and the request waits for something else: then it is no longer forced. */
  readonly isJudged?: boolean;
  /** Whether what the request waits for is under way: nothing has ended, so a person who asked goes on waiting. */
  readonly isUnderWay?: boolean;
}

/**
 * The writes that defer a request, as common table expressions `delayed` and `later` of a longer statement. Its start has
 * ended, so its starts are counted from 0 again. A request that was made meanwhile has another `seq` and is not deferred,
 * unless it wants the very inputs that were probed: the watch requests these while a slow evaluation runs, and they would
 * then be retried without a pause. The next try has the priority of the watch, since a person who asked has had an answer;
 * while something is under way the person has had none, and the priority stays.
 * @param condition whether to write at all, in the terms of that longer statement
 */
export function deferWrites(
  sql: Sql,
  { repoId, seq }: StartedKey,
  { fingerprint, retryMs, isJudged = false, isUnderWay = false }: Deferral,
  condition = sql`true`,
) {
  return sql`
    delayed as (
      update doi_request set
        started_at = null, starts = 0, wanted = coalesce(${fingerprint}, wanted),
        forced = forced and not (seq = ${seq} and ${isJudged}),
        priority = greatest(priority, ${isUnderWay ? PRIORITY.person : PRIORITY.watch}), not_before = ${retryAt(sql, retryMs)}
      where repo_id = ${repoId} and (seq = ${seq} or wanted = ${fingerprint}) and ${condition}
    ), later as (
      update doi_request set starts = 0
      where repo_id = ${repoId} and seq <> ${seq} and (wanted = ${fingerprint}) is not true and ${condition}
    )`;
}

/** The time of the next try, as an expression. */
export function retryAt(sql: Sql, retryMs: number) {
  return sql`clock_timestamp() + ${retryMs} * interval '1 millisecond'`;
}

/** Defers a request; leaves the repository's row and its failure as they are. */
export async function deferRequest(sql: Sql, request: StartedKey, wait: Deferral): Promise<void> {
  await statement(sql`with ${deferWrites(sql, request, wait)} select 1`);
}
