/** Tests that a forgotten host gives its mirrors to another one, or to none. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forgetHost } from '../../../src/store/hosts/forget-host.js';
import { announceHost } from '../../../src/store/hosts/heartbeat.js';
import { openTestDatabase, type TestDatabase } from '../../helpers/test-database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

let slug: string;
let repoId: string;
let count = 0;
beforeEach(async () => {
  count += 1;
  slug = `repo-${count}`;
  const { sql } = database;
  await sql`delete from managed_repos`;
  await sql`delete from doi_host`;
  for (const host of ['gone', 'other', 'bare'])
    await announceHost(sql, { host, version: '1', capacity: 1, isolation: 'none' });
  await sql`update doi_host set mirrors = '/srv/mirrors/42' where host = 'other'`;
  repoId = await addMirror(slug);
});

async function addMirror(name: string, paths: Record<string, string> = {}): Promise<string> {
  const { sql } = database;
  const places = { gone: `/old/${name}.git`, ...paths };
  const [row] = await sql<{ id: string }[]>`
    insert into managed_repos (slug, name, remote_url, host_paths)
    values (${name}, ${name}, 'https://h.example/a/b', ${sql.json(places)}) returning id::text`;
  const id = row?.id ?? '';
  await sql`
    insert into doi_source (repo_id, mirror_host, server, branch, contacted_at, contact_head, attempts, failure, bytes, first_bytes)
    values (${id}, 'gone', 'h.example', 'next', clock_timestamp(), 'abc', 3, '{}', 7, 5)`;
  return id;
}

const forget = (moveTo?: string) =>
  forgetHost(database.sql, 'gone', { observedLimitMs: 60_000, forced: true, moveTo });
const hosts = async () =>
  [...(await database.sql`select host from doi_host order by host`)].map(({ host }) => host);
const stored = async (id = repoId) => {
  const [row] = await database.sql`
    select r.host_paths, src.mirror_host, src.branch, src.server, src.contacted_at, src.contact_head, src.attempts,
      src.failure, src.bytes, src.first_bytes, src.due_at <= clock_timestamp() as is_due
    from managed_repos r join doi_source src on src.repo_id = r.id where r.id = ${id}`;
  return row;
};

describe('forgetting a host that keeps mirrors', () => {
  it('when another host is named, then that one has them, as if they had never been contacted, and due now', async () => {
    await database.sql`
      insert into doi_server values ('gone', 'h.example', '{}', now(), now(), 1, now())`;
    expect(await forget('other')).toEqual({ repositories: 0, mirrors: 1 });
    expect(await stored()).toEqual({
      host_paths: { other: `/srv/mirrors/42/${repoId}.git` },
      ...{ mirror_host: 'other', branch: 'next', server: 'h.example', is_due: true, attempts: 0 },
      ...{ contacted_at: null, contact_head: null, failure: null, bytes: null, first_bytes: null },
    });
    expect(await hosts()).toEqual(['bare', 'other']);
    expect(await database.sql`select from doi_server`).toHaveLength(0);
  });

  it('when the other host has a folder of its own of a repository, then that is judged, and no mirror is made', async () => {
    const id = await addMirror('both', { other: '/src/both' });
    await forget('other');
    expect(await stored(id)).toMatchObject({
      host_paths: { other: '/src/both' },
      mirror_host: null,
      is_due: null,
    });
  });

  it('when no host is named, then says how many have none now, and can move them later', async () => {
    expect(await forget()).toEqual({ repositories: 0, mirrors: 1 });
    expect(await stored()).toMatchObject({ mirror_host: 'gone', host_paths: { gone: `/old/${slug}.git` } });
    expect(await forget('other')).toEqual({ repositories: 0, mirrors: 1 });
    expect(await stored()).toMatchObject({ mirror_host: 'other' });
    await expect(forget('other')).rejects.toMatchObject({ code: 'unknown_host' });
  });

  it.each([
    ['bare', 'keeps no mirrors'],
    ['unknown', 'keeps no mirrors'],
    ['gone', 'is the host to forget'],
  ])('when the other host is %s, then changes nothing', async (moveTo, message) => {
    const before = await stored();
    await expect(forget(moveTo)).rejects.toMatchObject({
      code: 'bad_request',
      message: expect.stringContaining(message),
    });
    expect(await stored()).toEqual(before);
    expect(await hosts()).toEqual(['bare', 'gone', 'other']);
  });
});
