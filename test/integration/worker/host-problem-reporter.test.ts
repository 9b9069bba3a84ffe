import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { DoiError } from '../../../src/domain/errors.js';
import { systemClock } from '../../../src/platform/clock.js';
import { openLog } from '../../../src/platform/log.js';
import { closeSql, openSql } from '../../../src/platform/postgres/sql.js';
import { announceHost } from '../../../src/store/hosts/heartbeat.js';
import { readHosts } from '../../../src/store/hosts/read-hosts.js';
import { HostPause } from '../../../src/worker/host-pause.js';
import { HostProblemReporter } from '../../../src/worker/host-problem-reporter.js';
import { openTestDatabase, type TestDatabase } from '../../helpers/test-database.js';

const log = openLog('test', 'silent');
const missing = new DoiError('checker_missing', 'The program is not there.', 'Install it.');
const broken = new DoiError(
  'checker_broken',
  'At https://me:secret@example.org it broke.\u0000',
  'Repair it.',
);
const away = new DoiError('redis_unavailable', 'Redis is away.', 'Start it.');

let database: TestDatabase;
let board: HostProblemReporter;
beforeAll(async () => {
  database = await openTestDatabase();
  await announceHost(database.sql, { host: 'here', version: '1.0.0', capacity: 1, isolation: 'none' });
});
beforeEach(() => {
  board = openBoard();
  return () => board.close();
});
afterAll(() => database.close());

function openBoard(sql = database.sql): HostProblemReporter {
  return new HostProblemReporter({ sql, clock: systemClock, log, host: 'here', silentMs: 60_000 });
}

const shown = async () => {
  await board.record();
  const [host] = await readHosts({ sql: database.sql, observedLimitMs: 60_000 });
  return host?.trouble ?? null;
};

it('the reporter shows the problem that stops most work, and the others when that ends', async () => {
  board.begin('watch', away);
  expect(await shown()).toMatchObject({ code: 'redis_unavailable' });
  board.begin('checker', broken);
  expect(await shown()).toMatchObject({ code: 'checker_broken' });
  board.begin('jobs', missing);
  expect(await shown()).toMatchObject({ code: 'checker_missing' });
  board.end('jobs');
  expect(await shown()).toMatchObject({ code: 'checker_broken' });
  board.end('checker');
  board.end('watch');
  expect(await shown()).toBeNull();
});

it('the reporter shows no credentials, no character that cannot be stored, and nothing internal of the worker', async () => {
  board.begin('checker', broken);
  const problem = await shown();
  expect(problem).toEqual({
    ...{ code: 'checker_broken', message: 'At https://***@example.org it broke.', remedy: 'Repair it.' },
    since: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  });
});

it('the reporter writes one problem after the other, so that the last one stays', async () => {
  const other = openSql({ url: database.url, purpose: 'test', connections: 1 });
  await other.begin(async (transaction) => {
    await transaction`select from doi_host for update`;
    board.begin('checker', broken);
    const waiting = () => database.sql`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await expect.poll(waiting).not.toHaveLength(0);
    board.begin('jobs', missing);
    // Had it been sent at once, it would have arrived before the second of these reads.
    for (let n = 0; n < 2; n += 1) expect(await waiting()).toHaveLength(1);
    board.end('jobs');
    board.end('checker');
  });
  await closeSql(other);
  expect(await shown()).toBeNull();
});

it('when its worker stops, then the reporter removes its own problem and leaves that of another worker', async () => {
  const other = openBoard();
  other.begin('checker', broken);
  await other.record();
  board.begin('jobs', missing);
  await board.close();
  expect(await shown()).toMatchObject({ code: 'checker_broken' });
  await other.close();
  expect(await shown()).toBeNull();
});

it('when the database is away, then nothing fails, and the reporter writes the problem when that is back', async () => {
  const sql = openSql({ url: 'postgres://no-user@127.0.0.1:1/none', purpose: 'test', connections: 1 });
  const unwritten = openBoard(sql);
  unwritten.begin('jobs', missing);
  await expect(unwritten.record()).resolves.toBeUndefined();
  await closeSql(sql);
});

it('when the worker takes no job, then the reporter shows why until that is over', async () => {
  let over: () => void = () => {};
  const waiting = new Promise<void>((resolve) => {
    over = resolve;
  });
  const resumed = new Promise<void>((resolve) => {
    const pause = new HostPause({
      consumer: { pause: async () => {}, resume: resolve },
      clock: { now: systemClock.now, sleep: () => waiting },
      ...{ log, reporter: board, check: async () => {}, signal: new AbortController().signal },
    });
    pause.report(missing);
  });
  expect(await shown()).toMatchObject({ code: 'checker_missing' });
  over();
  await resumed;
  expect(await shown()).toBeNull();
});
