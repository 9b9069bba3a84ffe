/** Tests of a host's problem in its row: whose report stays, and for how long. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { announceHost } from '../../../src/store/hosts/heartbeat.js';
import { type HostProblem, recordHostProblem } from '../../../src/store/hosts/host-problem.js';
import { openTestDatabase, type TestDatabase } from '../../helpers/test-database.js';

const SILENT_MS = 60_000;
const BROKEN: HostProblem = { code: 'checker_broken', message: 'It broke.', remedy: 'Repair it.', agoMs: 0 };
const MISSING: HostProblem = { ...BROKEN, code: 'checker_missing' };

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
beforeEach(async () => {
  await database.sql`delete from doi_host`;
  await announceHost(database.sql, { host: 'here', version: '1.0.0', capacity: 1, isolation: 'none' });
});
afterAll(() => database.close());

const report = (worker: string, problem: HostProblem | undefined) =>
  recordHostProblem(database.sql, { host: 'here', worker, problem, silentMs: SILENT_MS });

interface Reported {
  code: string;
  worker: string;
  since: string;
  said_at: string;
}

async function read(): Promise<Reported | null> {
  const [row] = await database.sql<
    { trouble: Reported | null }[]
  >`select trouble from doi_host where host = 'here'`;
  return row?.trouble ?? null;
}

/** Moves the time of the last report. */
const reportedAgo = (ms: number) => database.sql`
  update doi_host
  set trouble = trouble || jsonb_build_object('said_at', clock_timestamp() - ${ms} * interval '1 millisecond')`;

describe('a host problem', () => {
  it('stays while its worker reports it, and ends when the worker reports none', async () => {
    await report('one', { ...BROKEN, agoMs: 5000 });
    const reported = await read();
    expect(reported).toMatchObject({
      ...{ code: 'checker_broken', message: 'It broke.', remedy: 'Repair it.' },
      worker: 'one',
    });
    const [row] = await database.sql<{ age: number }[]>`
      select extract(epoch from clock_timestamp() - ${reported?.since ?? ''}::text::timestamptz)::float8 as age`;
    expect(row?.age).toBeGreaterThanOrEqual(5);
    expect(row?.age).toBeLessThan(30);
    await report('one', undefined);
    expect(await read()).toBeNull();
  });

  it('keeps the time of its first report when the worker repeats it', async () => {
    await report('one', BROKEN);
    const first = await read();
    await report('one', { ...BROKEN, agoMs: 1 });
    const again = await read();
    expect(again?.since).toBe(first?.since);
    expect(Date.parse(again?.said_at ?? '')).toBeGreaterThanOrEqual(Date.parse(first?.said_at ?? ''));
    await report('one', { ...MISSING, agoMs: 60_000 });
    expect((await read())?.since).not.toBe(first?.since);
  });

  it('of one worker is neither ended nor replaced by another worker', async () => {
    await report('one', BROKEN);
    await report('two', undefined);
    await report('two', MISSING);
    expect(await read()).toMatchObject({ worker: 'one', code: 'checker_broken' });
    await report('one', undefined);
    await report('two', MISSING);
    expect(await read()).toMatchObject({ worker: 'two', code: 'checker_missing' });
  });

  it.each([
    ['long ago', SILENT_MS + 1],
    ['in the future', -60_000],
  ])('whose last report lies %s counts as that of a dead worker', async (_, ms) => {
    await report('one', BROKEN);
    await reportedAgo(ms);
    await report('two', MISSING);
    expect(await read()).toMatchObject({ worker: 'two' });
    await reportedAgo(ms);
    await report('three', undefined);
    expect(await read()).toBeNull();
  });

  it('is not written for an unknown host, nor when there was none and there is none', async () => {
    const writes = async () =>
      (await database.sql`select xmin::text from doi_host`).map((row) => row['xmin']);
    const before = await writes();
    await report('one', undefined);
    expect(await writes()).toEqual(before);
    await database.sql`delete from doi_host`;
    await report('one', BROKEN);
    expect(await writes()).toEqual([]);
  });
});
