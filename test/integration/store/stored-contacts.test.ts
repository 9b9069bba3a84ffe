/** Tests of what a read of a mirror's row has of its contacts, and which version changes with them. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  readFullRowVersions,
  readRowVersions,
  readStoredRows,
} from '../../../src/store/evaluations/read-stored.js';
import { openTestDatabase, type TestDatabase } from '../../helpers/test-database.js';
import { insertRepository } from './rows.js';

const SERVER = { code: 'remote_limited', message: 'Too often.', remedy: 'Wait.' };
const CONTACT = { code: 'remote_gone', message: 'It is gone.', remedy: 'Correct it.' };
const runningLimitMs = 90_000;

let database: TestDatabase;
let id: string;
beforeAll(async () => {
  database = await openTestDatabase();
});
beforeEach(async () => {
  await database.sql`delete from managed_repos`;
  await database.sql`delete from doi_server`;
  id = await insertRepository(database.sql);
  await database.sql`
    insert into doi_source (repo_id, mirror_host, server) values (${id}, 'here', 'git.example')`;
});
afterAll(() => database.close());

const slugs = () => [`r-${id}`];
async function read() {
  const [row] = await readStoredRows(database.sql, { slugs: slugs(), runningLimitMs });
  return row;
}
async function versions() {
  const [own] = await readRowVersions(database.sql, slugs());
  return { own, full: (await readFullRowVersions(database.sql)).get(id) };
}

async function limit(host: string, server: string): Promise<void> {
  await database.sql`
    insert into doi_server (host, server, problem, since, said_at, attempts, retry_at)
    values (${host}, ${server}, ${database.sql.json(SERVER)}, '2026-11-26T12:00:00Z', '2026-11-26T12:01:00Z', 2, now())`;
}

it('when nothing failed, then a row has neither failure', async () => {
  await limit('elsewhere', 'git.example');
  await limit('here', 'other.example');
  expect(await read()).toMatchObject({ contact_failure: null, server_problem: null });
});

it("when the server has a problem, then a report has it, and the summary's version stays", async () => {
  const before = await versions();
  await limit('here', 'git.example');
  const after = await versions();
  expect(await read()).toMatchObject({
    ...{ server_problem: SERVER, server_attempts: 2, contact_failure: null },
    ...{ server_since: '2026-11-26T12:00:00.000Z', server_last_at: '2026-11-26T12:01:00.000Z' },
  });
  expect(after.own).not.toBe(before.own);
  expect(after.full).toBe(before.full);
  const [entry] = await readStoredRows(database.sql, { runningLimitMs });
  expect(entry).toMatchObject({ server_problem: null });
});

it('when a contact failed, then a report and the summary have it, and both versions change', async () => {
  const before = await versions();
  await database.sql`
    update doi_source set failure = ${database.sql.json(CONTACT)}, attempts = 3,
      failed_since = '2026-11-26T12:00:00Z', failed_at = '2026-11-26T12:01:00Z'`;
  const after = await versions();
  const failed = {
    ...{ contact_failure: CONTACT, contact_attempts: 3, server_problem: null },
    ...{ contact_since: '2026-11-26T12:00:00.000Z', contact_last_at: '2026-11-26T12:01:00.000Z' },
  };
  expect(await read()).toMatchObject(failed);
  const [entry] = await readStoredRows(database.sql, { runningLimitMs });
  expect(entry).toMatchObject(failed);
  expect([after.own === before.own, after.full === before.full]).toEqual([false, false]);
  await database.sql`update doi_source set mirror_host = null`;
  expect(await read()).toMatchObject({ contact_failure: null });
});
