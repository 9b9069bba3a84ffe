import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NewRequest } from '../../src/domain/request.js';
import { closeSql, openSql, type Sql } from '../../src/platform/postgres/sql.js';
import { recordFailure } from '../../src/store/evaluations/failures.js';
import { addRequests } from '../../src/store/requests/add-requests.js';
import { completeRequest, requeueRequest } from '../../src/store/requests/end-requests.js';
import { findDueRequests } from '../../src/store/requests/find-requests.js';
import { startRequest } from '../../src/store/requests/start-requests.js';
import { openTestDatabase, type TestDatabase } from '../helpers/test-database.js';
import { FAILURE, insertRepository, makeDue, plainRequest } from '../integration/store/rows.js';

const PRIORITIES: readonly NewRequest['priority'][] = [1, 2, 5, 10];

let database: TestDatabase;
let pools: Sql[];
beforeAll(async () => {
  database = await openTestDatabase();
  pools = [1, 2, 3].map((n) => openSql({ url: database.url, purpose: `client ${n}`, connections: 4 }));
  await watchRequests(database.sql);
});
afterAll(async () => {
  await Promise.all(pools.map(closeSql));
  await database.close();
});

/** Writes down what happens to each request, in the order in which its row was locked: the order it really had. */
async function watchRequests(sql: Sql): Promise<void> {
  await sql.unsafe(`
    create table audit (n bigserial, repo_id uuid, op text, seq bigint, forced boolean, wanted text, starts int);
    create function audit() returns trigger language plpgsql as $$
      declare r doi_request := coalesce(new, old);
      begin
        insert into audit (repo_id, op, seq, forced, wanted, starts) values (r.repo_id,
          case when tg_op = 'DELETE' then 'completed' when tg_op = 'INSERT' or new.seq <> old.seq then 'asked'
            when new.starts > old.starts then 'started' else 'other' end,
          r.seq, r.forced, r.wanted, r.starts);
        return null;
      end $$;
    create trigger audit after insert or update or delete on doi_request for each row execute function audit();
  `);
}

interface Event {
  op: 'asked' | 'started' | 'completed' | 'other';
  seq: string;
  forced: boolean;
  wanted: string;
}

/** Holds what happened against the promise: every ask is followed by a start that came after it, and by its end. */
async function expectEveryAskServed(repoId: string, forcedReasons: readonly string[]): Promise<void> {
  const events = await database.sql<Event[]>`
    select op, seq::text, forced, wanted from audit where repo_id = ${repoId} order by n`;
  let mustBeForced = false;
  let startedSince = false;
  for (const { op, forced, wanted } of events) {
    if (op === 'asked') {
      mustBeForced ||= wanted.startsWith('forced');
      startedSince = false;
    }
    if (op === 'started') startedSince = true;
    expect(forced, 'a forced request stays forced until it is completed').toBe(mustBeForced);
    if (op !== 'completed') continue;
    expect(startedSince, 'a completed request was started after it was last made').toBe(true);
    mustBeForced = false;
  }
  expect(events.at(-1)?.op).toBe('completed');
  const asked = events.filter(({ op }) => op === 'asked').map(({ wanted }) => wanted);
  for (const reason of forcedReasons) expect(asked, 'every forced ask is on record').toContain(reason);
}

type End = 'complete' | 'fail' | 'requeue' | 'crash';

async function runWorker(sql: Sql, repoId: string, ends: readonly End[]): Promise<void> {
  for (const end of ends) {
    await makeDue(sql, repoId);
    const started = await startRequest(sql, repoId);
    if (started === undefined) continue;
    const key = { repoId, ...started };
    if (end === 'complete') await completeRequest(sql, key);
    if (end === 'fail') await recordFailure(sql, key, FAILURE);
    if (end === 'requeue') await requeueRequest(sql, key);
  }
}

interface Wanted {
  readonly forced: boolean;
  readonly priority: number;
  readonly wanted: string;
}

async function runAsker(
  sql: Sql,
  repoId: string,
  named: readonly (readonly [string, Wanted])[],
): Promise<void> {
  for (const [reason, { forced, priority, wanted }] of named) {
    const urgent = PRIORITIES[priority] ?? 5;
    // The reason may be that of a more urgent ask; what is wanted is always of the last one.
    const own = forced ? reason : wanted;
    await addRequests(sql, [plainRequest(repoId, { reason, forced, wanted: own, priority: urgent })]);
  }
}

async function drain(repoId: string): Promise<void> {
  await makeDue(database.sql, repoId);
  const due = await findDueRequests(database.sql, [repoId], 0);
  if (due.length > 0) await runWorker(database.sql, repoId, ['complete']);
  const [left] = await database.sql`select from doi_request where repo_id = ${repoId}`;
  expect(left, 'no request is left that no worker finds').toBeUndefined();
}

test('requests, starts and ends of many clients at once lose no request', async () => {
  const asked = fc.record({ forced: fc.boolean(), priority: fc.nat(3), wanted: fc.constantFrom('w1', 'w2') });
  const asker = fc.array(asked, { minLength: 5, maxLength: 15 });
  const end = fc.constantFrom<End[]>('complete', 'complete', 'fail', 'requeue', 'crash');
  const worker = fc.array(end, { minLength: 5, maxLength: 15 });
  const clients = fc.record({
    askers: fc.array(asker, { minLength: 4, maxLength: 4 }),
    workers: fc.array(worker, { minLength: 4, maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(clients, async ({ askers, workers }) => {
      const repoId = await insertRepository(database.sql);
      const named = askers.map((requests, client) =>
        requests.map((one, n) => [`${one.forced ? 'forced' : 'plain'} ${client}.${n}`, one] as const),
      );
      await Promise.all([
        ...named.map((requests, n) => runAsker(pools[n % 3] ?? database.sql, repoId, requests)),
        ...workers.map((ends, n) => runWorker(pools[(n + 1) % 3] ?? database.sql, repoId, ends)),
      ]);
      await drain(repoId);
      const forced = named.flat().filter(([, one]) => one.forced);
      await expectEveryAskServed(
        repoId,
        forced.map(([reason]) => reason),
      );
    }),
    { numRuns: 60, endOnFailure: true },
  );
}, 120_000);
