import { execFileSync } from 'node:child_process';
import { mkdir, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeSql, openSql } from '../../src/platform/postgres/sql.js';
import { archiveRepositories, moveRepository, unregisterRepositories } from '../../src/registry/change.js';
import { recordDomain, recordGoal, recordSbom, recordTpsc } from '../../src/registry/record.js';
import { registerRepositories } from '../../src/registry/register.js';
import { listRepositories } from '../helpers/list-repositories.js';
import { makeTempFolder, removeFolder } from '../helpers/temp-folder.js';
import { openTestDatabase, type TestDatabase } from '../helpers/test-database.js';

let database: TestDatabase;
let root: string;
beforeEach(async () => {
  database = await openTestDatabase();
  root = await makeTempFolder('registry');
});
afterEach(async () => {
  await database.close();
  await removeFolder(root);
});

describe('registering', () => {
  it('stores slug, name, remote, path of this host and the default domain, which it creates', async () => {
    const path = await checkout('Widget', 'https://me:secret@h.example/acme/widget.git');
    expect(await register([path])).toMatchObject([{ slug: 'widget', outcome: 'registered' }]);
    const rows = await database.sql`
      select r.slug, r.name, r.remote_url, r.host_paths, r.local_path, r.status, d.slug as domain, d.status as is
      from managed_repos r join domains d on d.id = r.domain_id`;
    expect([...rows]).toEqual([
      {
        slug: 'widget',
        name: 'Widget',
        remote_url: 'https://h.example/acme/widget.git',
        host_paths: { here: path },
        local_path: null,
        status: 'active',
        domain: 'default',
        is: 'active',
      },
    ]);
  });

  it('of many at once has PostgreSQL analyze the table, which it would otherwise do a minute later', async () => {
    const paths = Array.from({ length: 50 }, (_, n) => join(root, `many-${n}`));
    for (const path of paths) await mkdir(join(path, '.git'), { recursive: true });
    await register(paths);
    const [row] = await database.sql`select reltuples from pg_class where oid = 'managed_repos'::regclass`;
    expect(row).toEqual({ reltuples: 50 });
  });

  it('changes nothing the second time, not even the time of the row', async () => {
    const path = await checkout('widget', 'git@h.example:acme/widget');
    await register([path]);
    const before = await listRepositories(database.sql);
    expect(await register([path])).toMatchObject([{ outcome: 'already_registered', changed: [] }]);
    expect(await listRepositories(database.sql)).toEqual(before);
  });

  it('recognizes a path that the registry has through a link or the home folder', async () => {
    const path = await checkout('widget');
    await symlink(root, `${root}-link`);
    await register([path]);
    await database.sql`update managed_repos set host_paths = ${database.sql.json({ here: `${root}-link/widget` })}`;
    expect(await register([path])).toMatchObject([{ slug: 'widget', changed: [] }]);
    await removeFolder(`${root}-link`);
  });

  it('when a checkout was moved, then refuses it and names the move, which works; its copy is another repository', async () => {
    const [old, remote] = [
      await checkout('widget', 'git@h.example:acme/widget'),
      'https://h.example/acme/widget',
    ];
    await register([old]);
    const copy = await checkout('copy', remote);
    expect(await register([copy])).toMatchObject([{ slug: 'copy', outcome: 'registered' }]);
    await unregisterRepositories(database.sql, ['copy']);
    await removeFolder(old);
    await expect(register([copy])).rejects.toMatchObject({
      code: 'checkout_moved',
      message: expect.stringContaining(old),
      remedy: expect.stringContaining(`"doi move widget ${copy}"`),
    });
    expect(await register([copy], { skipMoved: true })).toMatchObject([{ slug: 'widget', outcome: 'moved' }]);
    await moveRepository(database.sql, 'widget', { host: 'here', path: copy });
    expect(await register([copy])).toMatchObject([{ slug: 'widget', outcome: 'already_registered' }]);
    expect(await listRepositories(database.sql)).toHaveLength(1);
  });

  it('registers all or none', async () => {
    const paths = [await checkout('fine'), await checkout('broken')];
    await database.sql`alter table managed_repos add check (slug <> 'broken')`;
    await expect(register(paths)).rejects.toThrow();
    expect(await listRepositories(database.sql)).toEqual([]);
    expect(await database.sql`select from domains`).toHaveLength(0);
  });

  it('adds a host and keeps the others, where the row has paths, null, or anything else', async () => {
    const path = await checkout('widget', 'git@h.example:acme/widget');
    for (const [stored, merged] of [
      ['{"there":"/x"}', { there: '/x', here: path }],
      ['null', { here: path }],
      ['[1]', { here: path }],
    ] as const) {
      await database.sql`delete from managed_repos`;
      await database.sql`
        insert into managed_repos (slug, name, remote_url, host_paths)
        values ('widget', 'w', 'https://h.example/acme/widget.git', ${stored}::text::json)`;
      expect(await register([path])).toMatchObject([{ slug: 'widget', changed: ['path'] }]);
      const [row] = await database.sql`select host_paths from managed_repos`;
      expect(row?.['host_paths']).toEqual(merged);
    }
  });

  it('sets a new remote and a given domain of a registered path, and moves the time of the row', async () => {
    const path = await checkout('widget');
    await register([path]);
    const [before] = await listRepositories(database.sql);
    git(path, 'remote', 'add', 'origin', 'git@h.example:acme/widget');
    expect(await register([path], { domain: 'shop' })).toMatchObject([{ changed: ['remote', 'domain'] }]);
    const [after] = await listRepositories(database.sql);
    expect(after).toMatchObject({ remoteUrl: 'git@h.example:acme/widget', domainSlug: 'shop' });
    expect((after?.updatedAt ?? '') > (before?.updatedAt ?? '')).toBe(true);
  });

  it('when ten processes register one path at once, then it gets one row; ten paths of one name get ten slugs', async () => {
    const same = await checkout('same');
    const others = await Promise.all(Array.from({ length: 10 }, (_, index) => checkout(`${index}/twin`)));
    const sql = openSql({ url: database.url, purpose: 'rivals', connections: 10 });
    try {
      const rivals = others.map((path) => registerRepositories(sql, { paths: [same, path], host: 'here' }));
      await Promise.all(rivals);
    } finally {
      await closeSql(sql);
    }
    const slugs = (await listRepositories(database.sql)).map(({ slug }) => slug);
    expect(slugs.filter((slug) => slug === 'same')).toHaveLength(1);
    expect(slugs).toHaveLength(11);
  });

  it('refuses an invalid slug, one that another repository has, and one slug for two paths', async () => {
    const [one, two] = [await checkout('one'), await checkout('two')];
    await register([one]);
    await expect(register([two], { slug: 'one' })).rejects.toMatchObject({ code: 'slug_taken' });
    await expect(register([two], { slug: 'doi' })).rejects.toMatchObject({ code: 'bad_slug' });
    await expect(register([one, two], { slug: 'x' })).rejects.toMatchObject({ code: 'bad_request' });
  });

  it('works with the tables of a hub, whose columns have no defaults', async () => {
    await database.sql`
      alter table managed_repos alter id drop default, alter status drop default,
        alter created_at drop default, alter updated_at drop default`;
    await database.sql`
      alter table domains alter id drop default, alter status drop default,
        alter created_at drop default, alter updated_at drop default`;
    await database.sql`
      alter table repo_goals alter id drop default, alter status drop default, alter priority drop default,
        alter created_at drop default, alter updated_at drop default`;
    await database.sql`alter table tpsc_snapshots alter id drop default, alter snapshot_at drop default`;
    await register([await checkout('widget')]);
    await recordGoal(database.sql, 'widget', { title: 'Ship', status: 'active' });
    await recordTpsc(database.sql, 'widget');
    await recordDomain(database.sql, { slug: 'shop', repositories: ['widget'] });
    expect(await listRepositories(database.sql, { domain: 'shop' })).toHaveLength(1);
  });
});

describe('what changes a registered repository', () => {
  beforeEach(async () => {
    await register([await checkout('widget'), await checkout('gadget')]);
  });

  it('unregisters all or none, with all rows that refer to them, and names the slug that was meant', async () => {
    const { sql } = database;
    await recordTpsc(sql, 'widget');
    await expect(unregisterRepositories(sql, ['gadget', 'widgte'])).rejects.toMatchObject({
      code: 'unknown_repository',
      remedy: 'Did you mean widget?',
    });
    expect(await listRepositories(sql)).toHaveLength(2);
    await unregisterRepositories(sql, ['gadget', 'widget', 'widget']);
    expect(await listRepositories(sql)).toEqual([]);
    expect(await sql`select from tpsc_snapshots`).toHaveLength(0);
  });

  it('refuses to delete what a table of a hub refers to, and says which table', async () => {
    const { sql } = database;
    await sql`create table hub_notes (repo_id uuid references managed_repos (id))`;
    await sql`insert into hub_notes select id from managed_repos where slug = 'widget'`;
    await expect(unregisterRepositories(sql, ['widget', 'gadget'])).rejects.toMatchObject({
      code: 'bad_request',
      message: expect.stringContaining('hub_notes'),
    });
    expect(await listRepositories(sql)).toHaveLength(2);
  });

  it('archives all or none, makes them active again, and changes no row that has the status already', async () => {
    const { sql } = database;
    await expect(archiveRepositories(sql, ['widget', 'nothing'])).rejects.toMatchObject({
      code: 'unknown_repository',
    });
    expect(await listRepositories(sql)).toHaveLength(2);
    await archiveRepositories(sql, ['widget']);
    expect((await listRepositories(sql)).map(({ slug }) => slug)).toEqual(['gadget']);
    const archived = await listRepositories(sql, { archived: true });
    await archiveRepositories(sql, ['widget']);
    expect(await listRepositories(sql, { archived: true })).toEqual(archived);
    await archiveRepositories(sql, ['widget'], 'active');
    expect(await listRepositories(sql)).toHaveLength(2);
  });

  it('moves a checkout to its real path, and refuses a path that belongs to another repository', async () => {
    const { sql } = database;
    await rename(join(root, 'widget'), join(root, 'moved'));
    await symlink(join(root, 'moved'), join(root, 'link'));
    const place = { host: 'here', path: join(root, 'link') };
    expect(await moveRepository(sql, 'widget', place)).toBe(join(root, 'moved'));
    const [widget] = (await listRepositories(sql)).filter(({ slug }) => slug === 'widget');
    expect(widget?.hostPaths).toEqual({ here: join(root, 'moved') });
    await expect(moveRepository(sql, 'gadget', place)).rejects.toMatchObject({
      code: 'bad_request',
      remedy: expect.stringContaining('"doi unregister widget"'),
    });
    await expect(moveRepository(sql, 'gdget', { host: 'here', path: root })).rejects.toMatchObject({
      code: 'unknown_repository',
    });
    await expect(moveRepository(sql, 'gadget', { host: 'here', path: '/nowhere' })).rejects.toMatchObject({
      code: 'not_a_folder',
    });
  });

  it('records an SBOM, snapshots, goals and domains', async () => {
    const { sql } = database;
    await recordSbom(sql, 'widget');
    await recordTpsc(sql, 'widget');
    await recordTpsc(sql, 'widget');
    await recordGoal(sql, 'widget', { title: 'Ship', status: 'active' });
    await recordGoal(sql, 'widget', { title: ' Ship ', status: 'completed' });
    await recordDomain(sql, { slug: 'shop', name: 'The shop', repositories: ['widget'] });
    await recordDomain(sql, { slug: 'shop', status: 'archived', repositories: [] });
    const [row] = await sql`
      select r.last_sbom_at is not null and r.updated_at >= r.last_sbom_at as sbom, d.name, d.status,
        (select count(*)::int from tpsc_snapshots where repo_id = r.id) as snapshots,
        (select json_agg(json_build_array(title, g.status)) from repo_goals g where repo_id = r.id) as goals
      from managed_repos r join domains d on d.id = r.domain_id where r.slug = 'widget'`;
    expect(row).toEqual({
      sbom: true,
      name: 'The shop',
      status: 'archived',
      snapshots: 2,
      goals: [['Ship', 'completed']],
    });
  });

  it('records nothing for a repository that is not registered', async () => {
    const { sql } = database;
    const unknown = { code: 'unknown_repository' };
    await expect(recordSbom(sql, 'x')).rejects.toMatchObject(unknown);
    await expect(recordTpsc(sql, 'x')).rejects.toMatchObject(unknown);
    await expect(recordGoal(sql, 'x', { title: 't', status: 'active' })).rejects.toMatchObject(unknown);
    await expect(recordDomain(sql, { slug: 'shop', repositories: ['widget', 'x'] })).rejects.toMatchObject(
      unknown,
    );
    expect(await sql`select from domains where slug = 'shop'`).toHaveLength(0);
  });
});

function register(paths: string[], options: { slug?: string; domain?: string; skipMoved?: boolean } = {}) {
  return registerRepositories(database.sql, { paths, host: 'here', ...options });
}

async function checkout(name: string, remote?: string): Promise<string> {
  const path = join(root, name);
  await mkdir(path, { recursive: true });
  git(path, 'init', '--quiet');
  if (remote !== undefined) git(path, 'remote', 'add', 'origin', remote);
  return path;
}

function git(path: string, ...args: string[]): void {
  execFileSync('git', ['-C', path, ...args]);
}
