import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NewRequest } from '../../../src/domain/request.js';
import { closeSql, openSql } from '../../../src/platform/postgres/sql.js';
import { recordFailure } from '../../../src/store/evaluations/failures.js';
import { addPushes } from '../../../src/store/pushes.js';
import { addRequests } from '../../../src/store/requests/add-requests.js';
import { startRequest } from '../../../src/store/requests/start-requests.js';
import { openTestDatabase, type TestDatabase } from '../../helpers/test-database.js';
import { FAILURE, insertRepository, plainRequest, readRequest, start } from './rows.js';

let database: TestDatabase;
let repoId: string;
beforeAll(async () => {
  database = await openTestDatabase();
});
beforeEach(async () => {
  repoId = await insertRepository(database.sql);
});
afterAll(() => database.close());

const requestFor = (change: Partial<NewRequest> = {}) =>
  addRequests(database.sql, [plainRequest(repoId, change)]);
const asked = (priority: number, collapsed = false) => [{ repoId, priority, collapsed }];
const request = async () => {
  const row = await readRequest(database.sql, repoId);
  if (row === undefined) throw new Error('nothing is asked for');
  return row;
};

describe('a request', () => {
  it('is opened where there is none', async () => {
    expect(await requestFor({ reason: 'SCOPE.md changed', priority: 2 })).toEqual(asked(2));
    expect(await request()).toMatchObject({
      ...{ forced: false, priority: 2, reason: 'SCOPE.md changed', wanted: 'w1' },
      ...{ started: false, starts: 0, delay: null },
    });
  });

  it('for the fingerprint of the pending one adds nothing, whatever its reason and however less urgent it is', async () => {
    await requestFor();
    const before = await request();
    expect(await requestFor({ reason: 'another', priority: 10 })).toEqual([]);
    expect(await requestFor({ reason: 'another' })).toEqual([]);
    expect(await request()).toEqual(before);
  });

  it.each([
    ['is forced', { forced: true }],
    ['is more urgent', { priority: 1 }],
    ['wants another fingerprint', { wanted: 'w2' }],
    ['does not say what it wants', { wanted: null }],
  ] as const)('that %s changes the pending one, which keeps its age', async (_, change) => {
    await requestFor();
    const before = await request();
    expect(await requestFor({ reason: 'new', ...change })).toMatchObject([{ repoId, collapsed: true }]);
    const after = await request();
    expect(after).toMatchObject({ reason: 'new', requested_at: before.requested_at, ...change });
    expect(BigInt(after.seq)).toBeGreaterThan(BigInt(before.seq));
  });

  it('after a start is always a new one, even for the same fingerprint', async () => {
    await requestFor();
    const before = await request();
    await startRequest(database.sql, repoId);
    expect(await requestFor()).toEqual(asked(5));
    const after = await request();
    expect(after).toMatchObject({ started: false, delay: null });
    expect(BigInt(after.seq)).toBeGreaterThan(BigInt(before.seq));
    expect(after.requested_at > before.requested_at).toBe(true);
  });

  it('that is not forced, or less urgent, leaves the pending one forced and urgent', async () => {
    await requestFor({ forced: true, priority: 1 });
    await requestFor({ forced: false, priority: 10, wanted: 'w2' });
    expect(await request()).toMatchObject({ forced: true, priority: 1, wanted: 'w2' });
  });

  it('for the inputs that failed does not bring the next try forward, and any other does', async () => {
    await requestFor();
    await recordFailure(database.sql, await start(database.sql, repoId), FAILURE);
    expect(await requestFor()).toEqual([]);
    expect((await request()).delay).toBeGreaterThan(30);
    expect(await requestFor({ wanted: 'w2' })).toEqual(asked(5, true));
    expect((await request()).delay).toBeNull();
  });

  it('of a person does not wait for the next try, even for the same fingerprint', async () => {
    await requestFor({ priority: 1 });
    await recordFailure(database.sql, await start(database.sql, repoId), FAILURE);
    expect(await requestFor({ priority: 1 })).toEqual(asked(1, true));
    expect((await request()).delay).toBeNull();
    expect(await requestFor({ priority: 1 })).toEqual([]);
  });

  it('is not made for a repository that is unregistered or not active', async () => {
    const archived = await insertRepository(database.sql, 'archived');
    const gone = '00000000-0000-4000-8000-000000000000';
    expect(
      await addRequests(
        database.sql,
        [archived, gone, repoId].map((id) => plainRequest(id)),
      ),
    ).toEqual(asked(5));
  });

  it('may be made twice for one repository in one call; a call may make none at all', async () => {
    expect(
      await addRequests(database.sql, [
        plainRequest(repoId),
        plainRequest(repoId, { priority: 1, forced: true }),
      ]),
    ).toEqual(asked(1, true));
    expect(await request()).toMatchObject({ priority: 1, forced: true });
    expect(await addRequests(database.sql, [])).toEqual([]);
  });

  it('is counted by its reason in the one that it collapses into, whose reason is the most urgent one', async () => {
    const trigger = async () => {
      const [row] = await database.sql`select reason, collapsed from doi_request where repo_id = ${repoId}`;
      return row;
    };
    for (let n = 0; n < 3; n += 1) await requestFor({ reason: 'pushed', priority: 2, wanted: null });
    expect(await trigger()).toEqual({ reason: 'pushed', collapsed: { pushed: 2 } });
    expect(await requestFor({ reason: 'a person', priority: 1, wanted: null })).toEqual(asked(1, true));
    await requestFor({ reason: 'nightly', priority: 10, forced: true });
    expect(await trigger()).toEqual({ reason: 'a person', collapsed: { pushed: 3, nightly: 1 } });
    for (let n = 0; n < 20; n += 1) await requestFor({ reason: `reason ${n}`, wanted: null });
    const row = await trigger();
    expect(Object.keys(row?.['collapsed'])).toHaveLength(11);
    expect(row?.['collapsed']['other reasons']).toBe(12);
  });

  it('among many concurrent ones keeps its own reason', async () => {
    const heads = Array.from({ length: 30 }, (_, index) => String(index));
    const pushes = heads.map((head) => ({
      repoIds: [repoId],
      branch: 'main',
      head,
      reason: `pushed ${head}`,
    }));
    await addPushes(database.sql, pushes);
    const { reason, collapsed } = (await startRequest(database.sql, repoId)) ?? {};
    expect(reason).toBe('pushed 29');
    expect(Object.keys(collapsed ?? {})).toHaveLength(11);
    expect(collapsed?.['other reasons']).toBe(19);
  });

  it('after a start has its own urgency, and is forced if the started one is', async () => {
    await requestFor({ priority: 1, forced: true });
    await startRequest(database.sql, repoId);
    expect(await requestFor({ priority: 2, wanted: null })).toEqual(asked(2));
    expect(await request()).toMatchObject({ priority: 2, forced: true });
  });

  it('after a start counts none of the requests that this start serves', async () => {
    await requestFor({ reason: 'pushed', wanted: null });
    await requestFor({ reason: 'pushed', wanted: null });
    const started = await startRequest(database.sql, repoId);
    expect(started).toMatchObject({ reason: 'pushed', collapsed: { pushed: 1 } });
    expect(await requestFor({ reason: 'edited', wanted: null })).toEqual(asked(5));
    expect(await startRequest(database.sql, repoId)).toMatchObject({ reason: 'edited', collapsed: {} });
  });
});

describe('on disk before it returns', () => {
  /** For each request, what its commit waits for, in a session that waits for the disk by default. */
  const watchCommits = async () => {
    const { sql, name } = database;
    await sql`alter database ${sql(name)} set synchronous_commit = 'on'`;
    await sql.unsafe(`
      create table waits (n bigserial, mode text);
      create function note_wait() returns trigger language plpgsql as $$
        begin insert into waits (mode) values (current_setting('synchronous_commit')); return null; end $$;
      create trigger waits after insert on doi_request for each statement execute function note_wait()`);
    return openSql({ url: database.url, purpose: 'waits', connections: 1 });
  };

  it('is a request that is made only once: of a person, of a push, or forced; one that the watch repeats is not', async () => {
    const pool = await watchCommits();
    try {
      for (const change of [{ priority: 1 }, { priority: 2 }, { priority: 10, forced: true }, {}] as const)
        await addRequests(pool, [plainRequest(repoId, { ...change, wanted: null })]);
      const modes = await pool`select mode from waits order by n`;
      expect(modes.map(({ mode }) => mode)).toEqual(['on', 'on', 'on', 'off']);
    } finally {
      await closeSql(pool);
    }
  });
});

describe('a push', () => {
  const push = async (head: string) =>
    (await addPushes(database.sql, [{ repoIds: [repoId], branch: 'main', head, reason: 'pushed' }])).flat();
  const pushed = async () => {
    const [row] = await database.sql`
      select branch, head, updated_at is not null as updated from doi_push where repo_id = ${repoId}`;
    return row;
  };

  it('is recorded with its request, and outlives it', async () => {
    expect(await push('a')).toEqual(asked(2));
    await startRequest(database.sql, repoId);
    await database.sql`delete from doi_request where repo_id = ${repoId}`;
    expect(await pushed()).toEqual({ branch: 'main', head: 'a', updated: false });
  });

  it('of another commit makes an update due again, and of the same commit does not', async () => {
    await push('a');
    await database.sql`update doi_push set updated_at = clock_timestamp() where repo_id = ${repoId}`;
    await push('a');
    expect(await pushed()).toMatchObject({ updated: true });
    await push('b');
    expect(await pushed()).toEqual({ branch: 'main', head: 'b', updated: false });
  });

  it('to a repository that is not active is not recorded', async () => {
    await database.sql`update managed_repos set status = 'archived' where id = ${repoId}`;
    expect(await push('a')).toEqual([]);
    expect(await pushed()).toBeUndefined();
  });
});
