/** The sweeps' rows: a lease while one runs, and its report afterwards. */
import { randomUUID } from 'node:crypto';
import { databaseError, type Sql } from '../platform/sql.js';

export interface SweepCounts {
  /** Looked at. */
  readonly probed: number;
  readonly fresh: number;
  readonly asked: number;
  /** How often each reason was the reason to ask. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Of those asked for: broken at the end. */
  readonly failed: number;
}

export interface Sweep {
  readonly id: string;
  readonly total: number;
}

// A sweep that has said nothing for so long has lost its process.
const LEASE_SECONDS = 60;

/**
 * Begins a sweep unless one is under way; one whose process died is ended first.
 * @returns undefined where another one runs
 */
export async function beginSweep(
  sql: Sql,
  sweep: { trigger: string; host: string },
): Promise<string | undefined> {
  try {
    await sql`
      update doi_sweep set finished_at = alive_at
      where finished_at is null and alive_at < clock_timestamp() - ${LEASE_SECONDS} * interval '1 second'`;
    const [row] = await sql<{ id: string }[]>`
      insert into doi_sweep (id, trigger, host, started_at, alive_at, total, done)
      values (${randomUUID()}, ${sweep.trigger}, ${sweep.host}, clock_timestamp(), clock_timestamp(), 0, 0)
      on conflict do nothing
      returning id::text`;
    return row?.id;
  } catch (error) {
    throw databaseError(error);
  }
}

/** Says how far a sweep is; that also keeps its lease. */
export async function reportSweep(
  sql: Sql,
  id: string,
  progress: { total: number; done: number; counts: SweepCounts; finished: boolean },
): Promise<void> {
  try {
    await sql`
      update doi_sweep set alive_at = clock_timestamp(), total = ${progress.total}, done = ${progress.done},
        counts = ${sql.json(progress.counts as never)},
        finished_at = case when ${progress.finished} then clock_timestamp() end
      where id = ${id}`;
  } catch (error) {
    throw databaseError(error);
  }
}

/** How many of some requests are still open and not waiting for a later try, and how many of the repositories broke. */
export async function countOpen(
  sql: Sql,
  repoIds: readonly string[],
): Promise<{ open: number; failed: number }> {
  try {
    const [row] = await sql<{ open: number; failed: number }[]>`
      select
        (select count(*)::int from doi_request
          where repo_id = any(${repoIds as string[]}::uuid[]) and not_before is null) as open,
        (select count(*)::int from doi_failure where repo_id = any(${repoIds as string[]}::uuid[])) as failed`;
    return row ?? { open: 0, failed: 0 };
  } catch (error) {
    throw databaseError(error);
  }
}
