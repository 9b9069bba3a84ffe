import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ask } from '../../../src/cache/ask.js';
import { recordFailure } from '../../../src/cache/record-failure.js';
import { startRequest } from '../../../src/cache/start-request.js';
import type { Ask } from '../../../src/domain/request.js';
import { openTestDatabase, type TestDatabase } from '../../helpers/test-database.js';
import { FAILURE, insertRepository, plainAsk, readRequest, start } from './rows.js';

let database: TestDatabase;
let repoId: string;
beforeAll(async () => {
  database = await openTestDatabase();
});
beforeEach(async () => {
  repoId = await insertRepository(database.sql);
});
afterAll(() => database.close());

const askFor = (change: Partial<Ask> = {}) => ask(database.sql, [plainAsk(repoId, change)]);
const request = async () => {
  const row = await readRequest(database.sql, repoId);
  if (row === undefined) throw new Error('nothing is asked for');
  return row;
};

describe('an ask', () => {
  it('opens a request where there is none', async () => {
    expect(await askFor({ reason: 'SCOPE.md changed', priority: 2 })).toEqual([repoId]);
    expect(await request()).toMatchObject({
      ...{ forced: false, priority: 2, reason: 'SCOPE.md changed', wanted: 'w1' },
      ...{ started: false, starts: 0, delay: null },
    });
  });

  it('that adds nothing collapses into one that waits, whatever its reason and however it is less urgent', async () => {
    await askFor();
    const before = await request();
    expect(await askFor({ reason: 'another', priority: 10 })).toEqual([]);
    expect(await askFor({ reason: 'another' })).toEqual([]);
    expect(await request()).toEqual(before);
  });

  it.each([
    ['is forced', { forced: true }],
    ['is more urgent', { priority: 1 }],
    ['wants another fingerprint', { wanted: 'w2' }],
    ['does not say what it wants', { wanted: null }],
  ] as const)('that %s changes one that waits, which keeps its age', async (_, change) => {
    await askFor();
    const before = await request();
    expect(await askFor({ reason: 'new', ...change })).toEqual([repoId]);
    const after = await request();
    expect(after).toMatchObject({ reason: 'new', requested_at: before.requested_at, ...change });
    expect(BigInt(after.seq)).toBeGreaterThan(BigInt(before.seq));
  });

  it('after a start is always a new one, even where it adds nothing', async () => {
    await askFor();
    const before = await request();
    await startRequest(database.sql, repoId);
    expect(await askFor()).toEqual([repoId]);
    const after = await request();
    expect(after).toMatchObject({ started: false, delay: null });
    expect(BigInt(after.seq)).toBeGreaterThan(BigInt(before.seq));
    expect(after.requested_at > before.requested_at).toBe(true);
  });

  it('that is not forced, or less urgent, takes neither from the one that waits', async () => {
    await askFor({ forced: true, priority: 1 });
    await askFor({ forced: false, priority: 10, wanted: 'w2' });
    expect(await request()).toMatchObject({ forced: true, priority: 1, wanted: 'w2' });
  });

  it('for what has just failed does not bring the next try forward, and any other does', async () => {
    await askFor();
    await recordFailure(database.sql, await start(database.sql, repoId), FAILURE);
    expect(await askFor()).toEqual([]);
    expect((await request()).delay).toBeGreaterThan(30);
    expect(await askFor({ wanted: 'w2' })).toEqual([repoId]);
    expect((await request()).delay).toBeNull();
  });

  it('of a person does not wait for the next try, even where it adds nothing', async () => {
    await askFor({ priority: 1 });
    await recordFailure(database.sql, await start(database.sql, repoId), FAILURE);
    expect(await askFor({ priority: 1 })).toEqual([repoId]);
    expect((await request()).delay).toBeNull();
    expect(await askFor({ priority: 1 })).toEqual([]);
  });

  it('leaves out repositories that are gone or not active', async () => {
    const archived = await insertRepository(database.sql, 'archived');
    const gone = '00000000-0000-4000-8000-000000000000';
    expect(
      await ask(
        database.sql,
        [archived, gone, repoId].map((id) => plainAsk(id)),
      ),
    ).toEqual([repoId]);
  });

  it('takes two of one repository in one call, and none at all', async () => {
    expect(
      await ask(database.sql, [plainAsk(repoId), plainAsk(repoId, { priority: 1, forced: true })]),
    ).toEqual([repoId]);
    expect(await request()).toMatchObject({ priority: 1, forced: true });
    expect(await ask(database.sql, [])).toEqual([]);
  });
});
