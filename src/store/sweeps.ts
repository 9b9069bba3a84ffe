/** Writes and reads the rows of sweeps: each is a lease while its sweep runs, and its report afterwards. */
import { randomUUID } from 'node:crypto';
import type { SweepAnswer, SweepCounts } from '../api/sweeps.js';
import { iso, type Sql, statement } from '../platform/postgres/sql.js';

/** How far a sweep is. */
export type SweepProgress = Pick<SweepAnswer, 'total' | 'done' | 'counts'>;

export const NO_COUNTS: SweepCounts = {
  ...{ probed: 0, fresh: 0, asked: 0, reasons: {} },
  ...{ failed: 0, gone: 0, held: 0, away: {} },
};

// A sweep that has reported nothing for so long has lost its process.
const LEASE_SECONDS = 60;

/**
 * Begins a sweep unless one is under way; ends one whose process died first.
 * @returns its id; undefined where another sweep runs
 */
export async function beginSweep(
  sql: Sql,
  sweep: { trigger: string; host: string },
): Promise<string | undefined> {
  await statement(sql`
    update doi_sweep set finished_at = alive_at, counts = counts || '{"lost": true}'
    where finished_at is null and alive_at < clock_timestamp() - ${LEASE_SECONDS} * interval '1 second'`);
  const [row] = await statement(sql<{ id: string }[]>`
    insert into doi_sweep (id, trigger, host, started_at, alive_at, total, done)
    values (${randomUUID()}, ${sweep.trigger}, ${sweep.host}, clock_timestamp(), clock_timestamp(), 0, 0)
    on conflict do nothing
    returning id::text`);
  return row?.id;
}

/** Keeps the lease of a sweep that has no progress to report. */
export async function keepSweep(sql: Sql, id: string): Promise<void> {
  await statement(
    sql`update doi_sweep set alive_at = clock_timestamp() where id = ${id} and finished_at is null`,
  );
}

/** Reports the progress of a sweep, which also keeps its lease. A sweep whose lease was taken over stays ended. */
export async function reportSweep(sql: Sql, id: string, progress: SweepProgress): Promise<void> {
  await statement(sql`
    update doi_sweep set alive_at = clock_timestamp(), total = ${progress.total}, done = ${progress.done},
      counts = ${sql.json(progress.counts as never)}
    where id = ${id} and finished_at is null`);
}

/** Ends a sweep; its last report stays. A sweep whose lease was taken over has ended already. */
export async function endSweep(sql: Sql, id: string, state: 'finished' | 'lost'): Promise<void> {
  const mark = state === 'lost' ? { lost: true } : {};
  await statement(sql`
    update doi_sweep set alive_at = clock_timestamp(), finished_at = clock_timestamp(),
      counts = counts || ${sql.json(mark)}
    where id = ${id} and finished_at is null`);
}

/** Deletes the reports of sweeps that began more than `days` ago. */
export async function trimSweeps(sql: Sql, days: number): Promise<void> {
  await statement(sql`
    delete from doi_sweep
    where finished_at is not null and started_at < clock_timestamp() - ${days} * interval '1 day'`);
}

/** The state of a row of doi_sweep, as an expression. */
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
 * Reads the sweep with that id; without one, the sweep under way, else the last one.
 * @returns undefined where there is none
 */
export async function readSweep(sql: Sql, id?: string): Promise<SweepAnswer | undefined> {
  const [sweep] = await readSweeps(sql, { limit: 1, id });
  return sweep;
}

/** Reads sweeps, the one under way first, then the latest; with an id only that one. */
export async function readSweeps(
  sql: Sql,
  { limit, id }: { readonly limit: number; readonly id?: string | undefined },
): Promise<SweepAnswer[]> {
  const rows = await statement(sql<SweepRow[]>`
    select id::text, trigger, host, ${sweepState(sql)} as state,
      ${iso(sql, 'started_at')} as started_at, ${iso(sql, 'alive_at')} as alive_at, ${iso(sql, 'finished_at')} as finished_at,
      total, done, counts
    from doi_sweep where ${id === undefined ? sql`true` : sql`id = ${id}`}
    order by finished_at is null desc, started_at desc
    limit ${limit}`);
  return rows.map((row) => {
    const { lost: _, ...counts } = row.counts;
    return { ...row, counts: { ...NO_COUNTS, ...counts } };
  });
}
