/** The sweeps' rows: a lease while one runs, and its report afterwards. */
import { randomUUID } from 'node:crypto';
import type { SweepAnswer, SweepCounts } from '../api/sweeps.js';
import { databaseError, type Sql } from '../platform/postgres/sql.js';

/** How far a sweep is. */
export type SweepProgress = Pick<SweepAnswer, 'total' | 'done' | 'counts'>;

export const NO_COUNTS: SweepCounts = {
  ...{ probed: 0, fresh: 0, asked: 0, reasons: {} },
  ...{ failed: 0, gone: 0, held: 0, away: {} },
};

// A sweep that has said nothing for so long has lost its process.
const LEASE_SECONDS = 60;

/**
 * Begins a sweep unless one is under way; one whose process died is ended first.
 * @returns its id; undefined where another one runs
 */
export async function beginSweep(
  sql: Sql,
  sweep: { trigger: string; host: string },
): Promise<string | undefined> {
  try {
    await sql`
      update doi_sweep set finished_at = alive_at, counts = counts || '{"lost": true}'
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

/** Keeps the lease of a sweep that has nothing new to say. */
export async function keepSweep(sql: Sql, id: string): Promise<void> {
  try {
    await sql`update doi_sweep set alive_at = clock_timestamp() where id = ${id} and finished_at is null`;
  } catch (error) {
    throw databaseError(error);
  }
}

/** Says how far a sweep is; that also keeps its lease. One whose lease was taken over stays ended. */
export async function reportSweep(sql: Sql, id: string, progress: SweepProgress): Promise<void> {
  try {
    await sql`
      update doi_sweep set alive_at = clock_timestamp(), total = ${progress.total}, done = ${progress.done},
        counts = ${sql.json(progress.counts as never)}
      where id = ${id} and finished_at is null`;
  } catch (error) {
    throw databaseError(error);
  }
}

/** Ends a sweep; what it reported last stays. One whose lease was taken over has ended already. */
export async function endSweep(sql: Sql, id: string, state: 'finished' | 'lost'): Promise<void> {
  const mark = state === 'lost' ? { lost: true } : {};
  try {
    await sql`
      update doi_sweep set alive_at = clock_timestamp(), finished_at = clock_timestamp(),
        counts = counts || ${sql.json(mark)}
      where id = ${id} and finished_at is null`;
  } catch (error) {
    throw databaseError(error);
  }
}

/** The state of a row of doi_sweep, as SQL. */
export function sweepState(sql: Sql) {
  return sql`
    case
      when counts ? 'lost' then 'lost'
      when finished_at is not null then 'finished'
      when alive_at < clock_timestamp() - ${LEASE_SECONDS} * interval '1 second' then 'lost'
      else 'running'
    end`;
}

interface SweepRow extends Omit<SweepAnswer, 'counts'> {
  counts: Partial<SweepCounts> & { lost?: boolean };
}

/**
 * Reads a sweep: the one of that id, or the one under way, or the last one.
 * @returns undefined where there is none
 */
export async function readSweep(sql: Sql, id?: string): Promise<SweepAnswer | undefined> {
  const [sweep] = await readSweeps(sql, { limit: 1, id });
  return sweep;
}

/** Reads the sweeps, the one under way first, then the latest; only the one of an id where that is given. */
export async function readSweeps(
  sql: Sql,
  { limit, id }: { readonly limit: number; readonly id?: string | undefined },
): Promise<SweepAnswer[]> {
  const time = (column: string) =>
    sql`to_char(${sql(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  try {
    const rows = await sql<SweepRow[]>`
      select id::text, trigger, host, ${sweepState(sql)} as state,
        ${time('started_at')} as started_at, ${time('alive_at')} as alive_at, ${time('finished_at')} as finished_at,
        total, done, counts
      from doi_sweep where ${id === undefined ? sql`true` : sql`id = ${id}`}
      order by finished_at is null desc, started_at desc
      limit ${limit}`;
    return rows.map((row) => {
      const { lost: _, ...counts } = row.counts;
      return { ...row, counts: { ...NO_COUNTS, ...counts } };
    });
  } catch (error) {
    throw databaseError(error);
  }
}
