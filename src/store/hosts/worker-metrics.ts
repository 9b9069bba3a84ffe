/** Records what a worker counts of itself. */
import type { Family } from '../../platform/metrics/family.js';
import { type Sql, statement, withoutWaiting } from '../../platform/postgres/sql.js';

export interface WorkerRecord {
  /** Names the worker, a UUID. */
  readonly worker: string;
  readonly host: string;
  readonly metrics: readonly Family[];
}

/** Of a worker that has said nothing for so long nobody asks any more. */
const KEPT_SECONDS = 3600;

/**
 * Records it in the place of what that worker recorded before, and deletes what others left behind long ago. It does not
 * wait for the disk, nor for a row that another worker just has in hand.
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function recordWorkerMetrics(sql: Sql, { worker, host, metrics }: WorkerRecord): Promise<void> {
  await statement(sql`
    with old as (
      select worker from doi_worker_metrics
      where recorded_at < clock_timestamp() - ${KEPT_SECONDS} * interval '1 second' and worker <> ${worker}
      for update skip locked
    ), trimmed as (
      delete from doi_worker_metrics m using old where m.worker = old.worker
    )
    insert into doi_worker_metrics (worker, host, recorded_at, metrics)
    select ${worker}::uuid, ${host}, clock_timestamp(), ${sql.json(metrics as never)}
    from (select ${withoutWaiting(sql)}) quick
    on conflict (worker) do update set
      host = excluded.host, recorded_at = excluded.recorded_at, metrics = excluded.metrics`);
}
