import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { announceHost, readDatabaseTime } from '../../../src/store/hosts/heartbeat.js';
import { recordObservations } from '../../../src/store/hosts/record-observations.js';
import { addPushes } from '../../../src/store/pushes.js';
import { addRequests } from '../../../src/store/requests/add-requests.js';
import { openTestDatabase, type TestDatabase } from '../../helpers/test-database.js';
import { makeGate } from '../queue/signals.js';
import { insertRepository, plainRequest } from './rows.js';

let database: TestDatabase;
let gone: string;
let stays: string;
beforeAll(async () => {
  database = await openTestDatabase();
  await announceHost(database.sql, { host: 'a', version: '1.0.0', capacity: 1, isolation: 'none' });
});
beforeEach(async () => {
  gone = await insertRepository(database.sql);
  stays = await insertRepository(database.sql);
});
afterAll(() => database.close());

/** Unregisters a repository in the middle of a write: after the write has read it, and before its foreign key is checked. */
async function whileOneGoes<T>(write: () => Promise<T>): Promise<T> {
  const { sql } = database;
  const deleted = makeGate();
  const commit = makeGate();
  const deleting = sql.begin(async (transaction) => {
    await transaction`delete from managed_repos where id = ${gone}`;
    deleted.open();
    await commit.opened;
  });
  await deleted.opened;
  const writing = write();
  const waiting = () => sql`
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  await expect.poll(waiting, { interval: 5 }).toHaveLength(1);
  commit.open();
  await deleting;
  return writing;
}

test('when one repository is unregistered meanwhile, then the other pushes of the same write do not fail', async () => {
  const push = { branch: 'main', head: 'a'.repeat(40), reason: 'pushed' };
  const asked = await whileOneGoes(() =>
    addPushes(database.sql, [
      { ...push, repoIds: [gone] },
      { ...push, repoIds: [stays] },
    ]),
  );
  expect(asked).toEqual([[], [{ repoId: stays, priority: 2, collapsed: false }]]);
});

test('when one repository is unregistered meanwhile, then the other requests of a pass or a sweep do not fail', async () => {
  const asked = await whileOneGoes(() =>
    addRequests(database.sql, [plainRequest(gone), plainRequest(stays)]),
  );
  expect(asked).toMatchObject([{ repoId: stays }]);
});

test('when one repository is unregistered meanwhile, then the other observations do not fail', async () => {
  const { sql } = database;
  const seenAt = await readDatabaseTime(sql);
  const all = [gone, stays].map((repoId) => ({
    repoId,
    fingerprint: 'f',
    head: null,
    headAt: null,
    claimedBy: null,
    seenAt,
  }));
  await whileOneGoes(() => recordObservations(sql, 'a', all));
  const rows = await sql`select repo_id::text as id from doi_observation`;
  expect(rows).toEqual([{ id: stays }]);
});
