import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MirrorToRegister } from '../../../src/registry/check-mirror.js';
import { registerMirrors } from '../../../src/registry/register-mirrors.js';
import { readInstallation } from '../../../src/store/installation.js';
import { listRepositories } from '../../helpers/list-repositories.js';
import { openTestDatabase, type TestDatabase } from '../../helpers/test-database.js';

const REMOTE = 'https://git.example.org/acme/Widget.git';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
beforeEach(() => database.sql`delete from managed_repos`);
afterAll(() => database.close());

const register = (...mirrors: MirrorToRegister[]) =>
  registerMirrors(database.sql, { mirrors, host: 'here', mirrorsDir: '/m' });
const readSource = async (slug: string) => {
  const [row] = await database.sql`
    select s.branch, s.mirror_host, s.server, s.forge, s.forge_id, s.contacted_at, s.contact_head, s.failure,
      s.due_at <= now() as due, s.due_at <= now() + interval '60 seconds' as soon
    from doi_source s join managed_repos r on r.id = s.repo_id where r.slug = ${slug}`;
  return row;
};
const NO_CONTACT = { contacted_at: null, contact_head: null, failure: null };
const reached = () =>
  database.sql`update doi_source set contacted_at = now(), contact_head = 'c', failure = '{}', due_at = now() + interval '1 hour'`;
const readReasons = async () =>
  (
    await database.sql`select r.slug, q.reason, q.priority from doi_request q join managed_repos r on r.id = q.repo_id order by 1`
  ).map((row) => ({ ...row }));
const add = (slug: string, remote: string, paths: unknown, status = 'active') =>
  database.sql`
    insert into managed_repos (slug, name, remote_url, host_paths, status)
    values (${slug}, ${slug}, ${remote}, ${database.sql.json(paths as never)}, ${status})`;

describe('when a remote is not registered', () => {
  it('then a mirror of this host is registered, due a minute later, and its evaluation is requested', async () => {
    const { outcomes, requested } = await register(
      {
        remoteUrl: 'https://me:secret@git.example.org:8443/acme/Widget.git',
        name: 'Widget',
        branch: 'release/2',
      },
      {
        ...{ remoteUrl: 'git@git.example.org:acme/gadget', name: 'gadget', domain: 'shop' },
        forge: 'gitea#x',
        forgeId: '7',
      },
    );
    const installation = await readInstallation(database.sql);
    const [widget, gadget] = outcomes;
    expect(outcomes).toMatchObject([
      {
        ...{ slug: 'widget', outcome: 'registered', status: 'active', changed: [], isNewMirror: true },
        ...{
          path: `/m/${installation}/${widget?.repoId}.git`,
          remoteUrl: 'https://git.example.org:8443/acme/Widget.git',
        },
      },
      { slug: 'gadget', remoteUrl: 'git@git.example.org:acme/gadget' },
    ]);
    expect(await listRepositories(database.sql)).toMatchObject([
      { id: gadget?.repoId, slug: 'gadget', domainSlug: 'shop', hostPaths: { here: gadget?.path } },
      { id: widget?.repoId, slug: 'widget', name: 'Widget', domainSlug: 'default', localPath: null },
    ]);
    expect(await readSource('widget')).toEqual({
      ...{ branch: 'release/2', mirror_host: 'here', server: 'git.example.org:8443', due: false, soon: true },
      ...{ forge: null, forge_id: null, ...NO_CONTACT },
    });
    expect(await readSource('gadget')).toMatchObject({ branch: null, forge: 'gitea#x', forge_id: '7' });
    expect(await readReasons()).toEqual(
      ['gadget', 'widget'].map((slug) => ({ slug, reason: 'never evaluated', priority: 5 })),
    );
    expect(requested.map(({ repoId }) => repoId).sort()).toEqual(outcomes.map(({ repoId }) => repoId).sort());
  });

  it('then it gets a slug that is free, the owner before the name, or the one that was given', async () => {
    await add('widget', 'https://elsewhere.example/widget', {});
    const { outcomes } = await register(
      { remoteUrl: REMOTE, name: 'Widget' },
      { remoteUrl: 'https://git.example.org/b/widget', name: 'widget' },
      { remoteUrl: 'https://git.example.org/c/widget', name: 'widget', slug: 'mine' },
    );
    expect(outcomes.map(({ slug }) => slug)).toEqual(['acme-widget', 'b-widget', 'mine']);
  });
});

describe('when a remote is registered', () => {
  it('as a mirror already, then nothing changes but a branch that is given', async () => {
    await register({ remoteUrl: REMOTE, name: 'widget' });
    const before = await listRepositories(database.sql);
    const again = await register({ remoteUrl: REMOTE, name: 'widget' });
    expect(again).toMatchObject({
      outcomes: [{ slug: 'widget', outcome: 'already_registered', changed: [], isNewMirror: false }],
      requested: [],
    });
    const other = await register({ remoteUrl: REMOTE, name: 'widget', branch: 'next' });
    expect(other.outcomes).toMatchObject([{ changed: ['branch'] }]);
    expect(await readSource('widget')).toMatchObject({ branch: 'next', mirror_host: 'here', due: true });
    expect(await listRepositories(database.sql)).toEqual(before);
    expect((await register({ remoteUrl: REMOTE, name: 'widget' })).outcomes).toMatchObject([{ changed: [] }]);
    const reset = await register({ remoteUrl: REMOTE, name: 'widget', branch: 'HEAD' });
    expect(reset.outcomes).toMatchObject([{ changed: ['branch'] }]);
    expect(await readSource('widget')).toMatchObject({ branch: null });
  });

  it('as a mirror of this host at another address, then that is stored, and the last contact counts no more', async () => {
    await register({ remoteUrl: REMOTE, name: 'widget', branch: 'next', forge: 'gitea#x', forgeId: '7' });
    await reached();
    const ssh = 'ssh://git@git.example.org:2222/acme/widget';
    const { outcomes, requested } = await register({ remoteUrl: ssh, name: 'widget' });
    expect({ outcomes, requested }).toMatchObject({
      outcomes: [{ slug: 'widget', changed: ['remote'], remoteUrl: ssh, isNewMirror: false }],
      requested: [],
    });
    expect(await listRepositories(database.sql)).toMatchObject([{ slug: 'widget', remoteUrl: ssh }]);
    expect(await readSource('widget')).toMatchObject({
      ...{ branch: 'next', server: 'git.example.org:2222', forge_id: '7', due: true, ...NO_CONTACT },
    });
  });

  it('as a mirror of this host, and its slug is given with another remote, then it has moved there', async () => {
    await register({ remoteUrl: REMOTE, name: 'widget', forge: 'gitea#x', forgeId: '7' });
    await register({ remoteUrl: 'https://git.example.org/a/other', name: 'other' });
    await reached();
    const moved = { remoteUrl: 'https://new.example/w', name: 'w', slug: 'widget' };
    expect((await register(moved)).outcomes).toMatchObject([{ slug: 'widget', changed: ['remote'] }]);
    expect(await readSource('widget')).toMatchObject({
      ...{ server: 'new.example', forge: null, forge_id: null, due: true, ...NO_CONTACT },
    });
    await expect(register({ ...moved, slug: 'other' })).rejects.toMatchObject({ code: 'bad_request' });
  });

  it('twice in one call, then the second joins the first', async () => {
    const { outcomes } = await register({ remoteUrl: REMOTE, name: 'a' }, { remoteUrl: REMOTE, name: 'b' });
    expect(outcomes.map(({ slug, outcome, remoteNote }) => [slug, outcome, remoteNote])).toEqual([
      ['a', 'registered', undefined],
      ['a', 'already_registered', undefined],
    ]);
    expect(await readSource('a')).toMatchObject({ mirror_host: 'here' });
  });

  it('twice in one call, and it is registered without a place, then both give it the same mirror', async () => {
    await add('widget', REMOTE, { there: '/src/widget' });
    const twice = { remoteUrl: REMOTE, name: 'widget' };
    const { outcomes } = await register(twice, twice);
    expect(outcomes).toMatchObject([
      { slug: 'widget', isNewMirror: true, remoteNote: undefined },
      { slug: 'widget', isNewMirror: false, remoteNote: undefined },
    ]);
    expect(outcomes[0]?.path).toBe(outcomes[1]?.path);
  });

  it('with a folder on this host, then no mirror is made, and the note names the folder', async () => {
    await add('widget', REMOTE, { here: '/src/widget' });
    const { outcomes, requested } = await register({ remoteUrl: REMOTE, name: 'widget' });
    expect(outcomes).toMatchObject([
      {
        slug: 'widget',
        path: '/src/widget',
        changed: [],
        remoteNote: expect.stringContaining('/src/widget'),
      },
    ]);
    expect({ requested, source: await readSource('widget') }).toEqual({ requested: [], source: undefined });
  });

  it('without a place on this host, then a mirror is added to it', async () => {
    await add('widget', REMOTE, { there: '/src/widget' });
    const { outcomes } = await register({ remoteUrl: REMOTE, name: 'other', domain: 'shop' });
    expect(outcomes).toMatchObject([{ slug: 'widget', changed: ['path', 'domain'], isNewMirror: true }]);
    expect(await listRepositories(database.sql)).toMatchObject([
      { slug: 'widget', domainSlug: 'shop', hostPaths: { there: '/src/widget', here: outcomes[0]?.path } },
    ]);
    expect(await readSource('widget')).toMatchObject({ mirror_host: 'here', due: false });
  });

  it('as the mirror of another host, then that host keeps it', async () => {
    await registerMirrors(database.sql, {
      ...{ mirrors: [{ remoteUrl: REMOTE, name: 'widget' }], host: 'there', mirrorsDir: '/m' },
    });
    const { outcomes } = await register({ remoteUrl: REMOTE, name: 'widget' });
    expect(outcomes).toMatchObject([{ changed: [], remoteNote: 'The host there keeps its mirror.' }]);
    expect(await readSource('widget')).toMatchObject({ mirror_host: 'there' });
  });

  it('and archived, then it stays archived, and nothing is requested', async () => {
    await add('widget', REMOTE, {}, 'archived');
    const { outcomes, requested } = await register({ remoteUrl: REMOTE, name: 'widget' });
    expect({ outcomes, requested }).toMatchObject({ outcomes: [{ status: 'archived' }], requested: [] });
  });
});

describe('when one of several mirrors is refused, then none is registered', () => {
  it.each([
    [{ remoteUrl: 'ext::sh -c true' }, 'bad_request'],
    [{ remoteUrl: '/srv/widget.git' }, 'bad_request'],
    [{ remoteUrl: 'https://-x/y' }, 'bad_request'],
    [{ remoteUrl: REMOTE, branch: '--upload-pack=x' }, 'bad_request'],
    [{ remoteUrl: REMOTE, branch: 'a..b' }, 'bad_request'],
    [{ remoteUrl: REMOTE, branch: 'a b' }, 'bad_request'],
    [{ remoteUrl: REMOTE, branch: 'a/-b' }, 'bad_request'],
    [{ remoteUrl: REMOTE, slug: 'No Slug' }, 'bad_slug'],
    [{ remoteUrl: REMOTE, domain: 'No Domain' }, 'bad_slug'],
    [{ remoteUrl: REMOTE, slug: 'first' }, 'slug_taken'],
  ])('as %j is, with %s', async (mirror, code) => {
    const first = { remoteUrl: 'https://git.example.org/a/first', name: 'first' };
    await expect(register(first, { name: 'x', ...mirror })).rejects.toMatchObject({ code });
    expect(await listRepositories(database.sql)).toEqual([]);
  });
});

it('when two calls register the same remote at once, then there is one repository', async () => {
  await Promise.all(Array.from({ length: 4 }, () => register({ remoteUrl: REMOTE, name: 'widget' })));
  expect(await listRepositories(database.sql)).toHaveLength(1);
});
