/** Ends a request: settled, or put back as if it had not been started. */

import { PRIORITY } from '../../domain/request.js';
import { type Sql, statement, withoutWaiting } from '../../platform/postgres/sql.js';
import { type Observation, observationWrites } from '../hosts/record-observations.js';

/** One start of one ask. */
export interface StartedKey {
  readonly repoId: string;
  /** Names the ask. */
  readonly seq: string;
  /** Names the start: the database's time, in ISO 8601 with microseconds. */
  readonly startedAt: string;
  /** Orders what the start found. */
  readonly observation: string;
}

/**
 * The condition under which the end of a start settles its request, as a fragment: it is that very ask, in that very
 * start. A server that died may have lost the start, and what was asked for since is then the same ask, not started.
 */
export function isStarted(sql: Sql, { repoId, seq, startedAt }: Omit<StartedKey, 'observation'>) {
  return sql`repo_id = ${repoId} and seq = ${seq} and started_at = ${startedAt}::text::timestamptz`;
}

/**
 * Settles a request: what it asked for is done, or nothing is left to do. A later ask has another `seq` and stays; its
 * starts are counted anew, since a run has ended.
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
 * Settles a request whose repository is as it was when it was last judged, and records what was seen. Does not wait for
 * the disk: where the server dies and loses it, the request is there again, and is settled again.
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
 * Puts a started request back, so that the start does not count: the worker stops, or its host is in trouble. It counts
 * for a later ask neither. Where another worker has started the same ask since, that start is left alone.
 */
export async function requeueRequest(sql: Sql, { repoId, seq, startedAt }: StartedKey): Promise<void> {
  await statement(sql`
    update doi_request set
      started_at = case when seq = ${seq} then null else started_at end, starts = greatest(starts - 1, 0)
    where repo_id = ${repoId} and (seq <> ${seq} or started_at = ${startedAt}::text::timestamptz)`);
}

/* Puts a request off, without a failure: what stood in its way was not the repository. */

export interface Deferral {
  /** What was probed; null where the probe itself broke. The same sight, asked for again, does not end the delay. */
  readonly fingerprint: string | null;
  /** How long until the next try, in milliseconds. */
  readonly retryMs: number;
  /** Whether all was judged, and it waits for something else: nobody insists on that any more. */
  readonly isJudged?: boolean;
}

/**
 * The writes that put a request off, as common table expressions `delayed` and `later` of a longer statement. Its run has
 * ended, so its starts are counted anew. A request that was asked anew meanwhile has another `seq` and is not delayed,
 * unless it wants the very inputs that were seen: the watch asks for these while a slow evaluation runs, which would
 * then be tried again without a pause. The next try goes as the watch's do: a person who asked has been answered.
 * @param condition whether to write at all, in the terms of that longer statement
 */
export function deferWrites(
  sql: Sql,
  { repoId, seq }: StartedKey,
  { fingerprint, retryMs, isJudged = false }: Deferral,
  condition = sql`true`,
) {
  return sql`
    delayed as (
      update doi_request set
        started_at = null, starts = 0, wanted = coalesce(${fingerprint}, wanted),
        forced = forced and not (seq = ${seq} and ${isJudged}),
        priority = greatest(priority, ${PRIORITY.watch}), not_before = ${retryAt(sql, retryMs)}
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

/** Puts a request off. Neither the repository's row nor its failure is touched. */
export async function deferRequest(sql: Sql, request: StartedKey, wait: Deferral): Promise<void> {
  await statement(sql`with ${deferWrites(sql, request, wait)} select 1`);
}
