/** The sweeps' rows: a lease while one runs, and its report afterwards. */
import { randomUUID } from 'node:crypto';
import { databaseError, type Sql } from '../platform/sql.js';
import { failureStands } from './record-failure.js';

export interface SweepCounts {
  /** Looked at. */
  readonly probed: number;
  readonly fresh: number;
  readonly asked: number;
  /** How often each reason was the reason to ask. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Of those asked for: broken at the end. */
  readonly failed: number;
  /** By host: what waits for one that is not heard of. */
  readonly away: Readonly<Record<string, number>>;
}

/** How far a sweep is. */
export interface SweepProgress {
  readonly total: number;
  readonly done: number;
  readonly counts: SweepCounts;
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

/** Says how far a sweep is; that also keeps its lease. One whose lease was taken over stays ended. */
export async function reportSweep(
  sql: Sql,
  id: string,
  progress: SweepProgress & { readonly finished: boolean },
): Promise<void> {
  try {
    await sql`
      update doi_sweep set alive_at = clock_timestamp(), total = ${progress.total}, done = ${progress.done},
        counts = ${sql.json(progress.counts as never)},
        finished_at = case when ${progress.finished} then clock_timestamp() end
      where id = ${id} and finished_at is null`;
  } catch (error) {
    throw databaseError(error);
  }
}

export interface OpenCounts {
  /** To be done by hosts that are heard of. */
  readonly open: number;
  /** By host: to be done by one that is not heard of. */
  readonly away: Readonly<Record<string, number>>;
  /** Repositories whose last evaluation broke. */
  readonly failed: number;
}

/**
 * Counts those of some requests that are still open and do not wait for a later try.
 * @param heard `limitMs`: how long ago a host's last look may have begun; `grace`: a host that counts as heard of anyway
 */
export async function countOpen(
  sql: Sql,
  asked: readonly { readonly repoId: string; readonly host: string }[],
  heard: { readonly limitMs: number; readonly grace: string | null },
): Promise<OpenCounts> {
  const text = JSON.stringify(asked.map(({ repoId, host }) => ({ repo_id: repoId, host })));
  try {
    const rows = await sql<{ host: string; is_heard: boolean; open: number; failed: number }[]>`
      select a.host, bool_and(coalesce(a.host = ${heard.grace}, false)
          or coalesce(h.heartbeat > clock_timestamp() - ${heard.limitMs} * interval '1 millisecond', false)) as is_heard,
        (count(*) filter (where q.repo_id is not null))::int as open,
        (count(*) filter (where f.repo_id is not null))::int as failed
      from json_to_recordset(${text}::text::json) as a(repo_id uuid, host text)
      left join doi_host h on h.host = a.host
      left join doi_request q on q.repo_id = a.repo_id and q.not_before is null
      left join doi_evaluation e on e.repo_id = a.repo_id
      left join doi_failure f on f.repo_id = a.repo_id and ${failureStands(sql)}
      group by a.host`;
    const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
    return {
      open: sum(rows.filter((row) => row.is_heard).map((row) => row.open)),
      away: Object.fromEntries(
        rows.filter((row) => !row.is_heard && row.open > 0).map((row) => [row.host, row.open]),
      ),
      failed: sum(rows.map((row) => row.failed)),
    };
  } catch (error) {
    throw databaseError(error);
  }
}
