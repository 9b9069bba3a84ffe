import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { announceHost } from '../../../src/store/hosts/heartbeat.js';
import { type HostProblem, recordHostProblem } from '../../../src/store/hosts/host-problem.js';
import { openTestDatabase, type TestDatabase } from '../../helpers/test-database.js';

const SILENT_MS = 60_000;
const BROKEN: HostProblem = { code: 'checker_broken', message: 'It broke.', remedy: 'Mend it.', agoMs: 0 };
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

const say = (worker: string, trouble: HostProblem | undefined) =>
  recordHostProblem(database.sql, { host: 'here', worker, trouble, silentMs: SILENT_MS });

interface Said {
  code: string;
  worker: string;
  since: string;
  said_at: string;
}

async function read(): Promise<Said | null> {
  const [row] = await database.sql<
    { trouble: Said | null }[]
  >`select trouble from doi_host where host = 'here'`;
  return row?.trouble ?? null;
}

/** Lets the last word have been said at another time. */
const saidAgo = (ms: number) => database.sql`
  update doi_host
  set trouble = trouble || jsonb_build_object('said_at', clock_timestamp() - ${ms} * interval '1 millisecond')`;

describe('the trouble of a host', () => {
  it('is shown while its worker says so, and ends with it', async () => {
    await say('one', { ...BROKEN, agoMs: 5000 });
    const said = await read();
    expect(said).toMatchObject({
      ...{ code: 'checker_broken', message: 'It broke.', remedy: 'Mend it.' },
      worker: 'one',
    });
    const [row] = await database.sql<{ age: number }[]>`
      select extract(epoch from clock_timestamp() - ${said?.since ?? ''}::text::timestamptz)::float8 as age`;
    expect(row?.age).toBeGreaterThanOrEqual(5);
    expect(row?.age).toBeLessThan(30);
    await say('one', undefined);
    expect(await read()).toBeNull();
  });

  it('began when it was said first, however often it is said', async () => {
    await say('one', BROKEN);
    const first = await read();
    await say('one', { ...BROKEN, agoMs: 1 });
    const again = await read();
    expect(again?.since).toBe(first?.since);
    expect(Date.parse(again?.said_at ?? '')).toBeGreaterThanOrEqual(Date.parse(first?.said_at ?? ''));
    await say('one', { ...MISSING, agoMs: 60_000 });
    expect((await read())?.since).not.toBe(first?.since);
  });

  it('of one worker is neither ended nor replaced by another one', async () => {
    await say('one', BROKEN);
    await say('two', undefined);
    await say('two', MISSING);
    expect(await read()).toMatchObject({ worker: 'one', code: 'checker_broken' });
    await say('one', undefined);
    await say('two', MISSING);
    expect(await read()).toMatchObject({ worker: 'two', code: 'checker_missing' });
  });

  it.each([
    ['long ago', SILENT_MS + 1],
    ['at a time that is still to come', -60_000],
  ])('of a worker whose last word was %s is taken for that of one that died', async (_, ms) => {
    await say('one', BROKEN);
    await saidAgo(ms);
    await say('two', MISSING);
    expect(await read()).toMatchObject({ worker: 'two' });
    await saidAgo(ms);
    await say('three', undefined);
    expect(await read()).toBeNull();
  });

  it('is not written for a host that is not known, nor where there is nothing to say', async () => {
    const writes = async () =>
      (await database.sql`select xmin::text from doi_host`).map((row) => row['xmin']);
    const before = await writes();
    await say('one', undefined);
    expect(await writes()).toEqual(before);
    await database.sql`delete from doi_host`;
    await say('one', BROKEN);
    expect(await writes()).toEqual([]);
  });
});
