/** Records the metrics that a worker counts, for the web process to show. */
import type { Family } from '../../platform/metrics/family.js';
import { type Sql, statement, withoutWaiting } from '../../platform/postgres/sql.js';

export interface WorkerRecord {
  /** The id of the worker, a UUID. */
  readonly worker: string;
  readonly host: string;
  readonly metrics: readonly Family[];
}

/** Metrics that are older are of a worker that has ended, and no scrape shows them. */
const KEPT_SECONDS = 3600;

/**
 * Replaces the metrics that this worker recorded before, and deletes those that others left behind long ago. Waits neither
 * for the disk nor for a row that another worker has locked.
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
