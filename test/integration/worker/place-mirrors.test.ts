/** Tests which mirrors get another place when a worker starts with another folder or another identity of the database. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openLog } from '../../../src/platform/log.js';
import { placeMirrors } from '../../../src/worker/place-mirrors.js';
import { makeTempFolder, removeFolder } from '../../helpers/temp-folder.js';
import { openTestDatabase, type TestDatabase } from '../../helpers/test-database.js';

const HOST = 'here';
const OTHER = '0d1e2f30-1111-4222-8333-444455556666';
const OWN = 'f0e1d2c3-1111-4222-8333-444455556666';

let database: TestDatabase;
let top: string;
beforeAll(async () => {
  database = await openTestDatabase();
  top = await makeTempFolder('place-mirrors');
});
beforeEach(() => database.sql`delete from managed_repos`);
afterAll(async () => {
  await database.close();
  await removeFolder(top);
});

async function add(slug: string, placeOf: (id: string) => string, host = HOST): Promise<string> {
  const { sql } = database;
  const [row] = await sql<{ id: string }[]>`
    insert into managed_repos (id, slug, name, remote_url)
    values (gen_random_uuid(), ${slug}, ${slug}, 'https://git.example.org/a.git') returning id::text`;
  const id = row?.id ?? '';
  const paths = sql.json({ [host]: placeOf(id), laptop: '/home/person/a' });
  await sql`update managed_repos set host_paths = ${paths} where id = ${id}`;
  await sql`
    insert into doi_source (repo_id, mirror_host, server, due_at, contacted_at, contact_head, attempts, first_bytes)
    values (${id}, ${host}, 'git.example.org', clock_timestamp() + interval '1 hour', clock_timestamp(), 'c', 3, 5)`;
  return id;
}
const start = (mirrorsDir: string) =>
  placeMirrors({
    config: { host: HOST, mirrorsDir },
    ...{ sql: database.sql, log: openLog('test', 'silent'), installation: OWN },
  });
async function rowOf(id: string) {
  const [row] = await database.sql`
    select r.host_paths as paths, src.due_at <= clock_timestamp() as due, src.contacted_at is null as reset, src.attempts,
      src.first_bytes::int
    from managed_repos r join doi_source src on src.repo_id = r.id where r.id = ${id}`;
  return row;
}

it.each([
  ['DOI_MIRRORS is another folder', (id: string) => `/elsewhere/mirrors/${OWN}/${id}.git`],
  ['the database has another identity', (id: string) => join(top, 'new', OTHER, `${id}.git`)],
])('when %s, then the mirrors of this host are due there at once', async (_, placeOf) => {
  const id = await add('one', placeOf);
  const { sql } = database;
  await sql`insert into doi_observation (repo_id, host, fingerprint, since, seen_at, recorded_at)
      values (${id}, ${HOST}, 'f', now(), now(), now())`;
  const folder = join(top, 'new');
  await start(folder);
  // Otherwise this worker would compare what it sees with what a worker saw that was killed, and stop for a shared host.
  expect(await sql`select host, fingerprint from doi_observation`).toEqual([
    { host: HOST, fingerprint: null },
  ]);
  const placed = { [HOST]: join(folder, OWN, `${id}.git`), laptop: '/home/person/a' };
  expect(await rowOf(id)).toEqual({ paths: placed, due: true, reset: true, attempts: 0, first_bytes: null });
});

it.each([
  ['a mirror that lies there', (id: string) => join(top, 'kept', OWN, `${id}.git`), HOST, 'kept'],
  ['a folder of a person', () => '/home/person/widget.git', HOST, 'kept'],
  ["another host's mirror", (id: string) => `/elsewhere/${OWN}/${id}.git`, 'there', 'kept'],
  [
    'a mirror where this user cannot write to the new folder',
    (id: string) => `/elsewhere/${OWN}/${id}.git`,
    ...([HOST, 'file/mirrors'] as const),
  ],
])('when the worker starts, then %s stays as it is', async (_, placeOf, host, folder) => {
  writeFileSync(join(top, 'file'), '');
  const id = await add('one', placeOf, host);
  const before = await rowOf(id);
  await start(join(top, folder));
  expect(await rowOf(id)).toEqual(before);
});

it('when the user of the database may not change the registry, then the worker starts all the same', async () => {
  const { sql } = database;
  const id = await add('one', (own) => `/elsewhere/${OWN}/${own}.git`);
  const before = await rowOf(id);
  await sql`create function refuse() returns trigger language plpgsql as 'begin raise insufficient_privilege; end'`;
  await sql`create trigger refused before update on managed_repos execute function refuse()`;
  await start(join(top, 'new'));
  await sql`drop trigger refused on managed_repos`;
  expect(await rowOf(id)).toEqual(before);
});
