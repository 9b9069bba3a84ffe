import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/platform/clock.js';
import type { Log } from '../../../src/platform/log.js';
import { WorkerMetrics } from '../../../src/platform/metrics/worker-metrics.js';
import { MetricsRecorder } from '../../../src/worker/metrics-recorder.js';
import { openTestDatabase, type TestDatabase } from '../../helpers/test-database.js';

let database: TestDatabase;
let said: string[];
beforeEach(async () => {
  database = await openTestDatabase();
  said = [];
});
afterEach(() => database.close());

const say = (_: object | string, message?: string) => said.push(message ?? String(_));
const log = { warn: say, info: say } as unknown as Log;

function startRecorder(everyMs: number) {
  const metrics = new WorkerMetrics();
  const { sql } = database;
  const recorder = new MetricsRecorder({ sql, clock: systemClock, log, host: 'here', everyMs, metrics });
  return { metrics, recorder };
}

async function written(): Promise<number | undefined> {
  const [row] = await database.sql<{ value: number | null }[]>`
    select jsonb_path_query_first(metrics, '$[*] ? (@.name == "doi_evaluations_total").samples[*]
      ? (@.labels.result == "written").value')::float8 as value from doi_worker_metrics`;
  return row?.value ?? undefined;
}

describe('a worker', () => {
  it('records its metrics at once, at intervals, and completely when it stops', async () => {
    const { metrics, recorder } = startRecorder(10);
    await expect.poll(written, { interval: 5 }).toBe(0);
    metrics.evaluationEnded('written', 5);
    await expect.poll(written, { interval: 5 }).toBe(1);
    metrics.evaluationEnded('written', 5);
    await recorder.close();
    expect(await written()).toBe(2);
    expect(said).toEqual([]);
  });

  it('when its metrics cannot be written, then it goes on, logs that once, and logs when it is over', async () => {
    const { sql } = database;
    await sql`alter table doi_worker_metrics rename to away`;
    const { metrics, recorder } = startRecorder(1);
    await expect.poll(() => said.length, { interval: 5 }).toBe(1);
    // It fails again and again meanwhile.
    for (let statement = 0; statement < 20; statement += 1) await sql`select 1`;
    metrics.evaluationEnded('written', 5);
    expect(said).toHaveLength(1);
    await sql`alter table away rename to doi_worker_metrics`;
    await expect.poll(written, { interval: 5 }).toBe(1);
    await recorder.close();
    expect(said).toEqual([
      'the metrics of this worker were not recorded; the worker retries it',
      'the metrics of this worker are recorded again',
    ]);
  });

  it('stops although the database delays its record', async () => {
    const { recorder } = startRecorder(3_600_000);
    await expect.poll(written, { interval: 5 }).toBe(0);
    await database.sql.begin(async (sql) => {
      await sql`lock table doi_worker_metrics in exclusive mode`;
      const began = performance.now();
      await recorder.close();
      expect(performance.now() - began).toBeLessThan(5 * 1000);
    });
  });
});
