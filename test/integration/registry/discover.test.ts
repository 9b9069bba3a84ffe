import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Io } from '../../../src/cli/context.js';
import { run } from '../../../src/cli/program.js';
import { openLog } from '../../../src/platform/log.js';
import { discoverNightly } from '../../../src/worker/discover-nightly.js';
import { FakeForge } from '../../helpers/fake-forge.js';
import { listRepositories } from '../../helpers/list-repositories.js';
import { openTestDatabase, type TestDatabase } from '../../helpers/test-database.js';

const TOKEN = 'token-of-a-test-0123456789';
const ORG = '/api/v1/orgs/acme';
const REPOS = `${ORG}/repos?limit=50`;

let database: TestDatabase;
let forge: FakeForge;
beforeAll(async () => {
  [database, forge] = await Promise.all([openTestDatabase(), FakeForge.start()]);
});
beforeEach(() => database.sql`delete from managed_repos`);
afterAll(() => Promise.all([database.close(), forge.close()]));

/** What the forge lists from now on, by id and name. */
function listed(...repositories: readonly (readonly [id: number, name: string, more?: object])[]): void {
  const body = repositories.map(([id, name, more]) => forge.repository(id, `acme/${name}`, { ...more }));
  forge.answers = { [ORG]: { body: { id: 1 } }, [REPOS]: { body } };
}

async function discover(...options: string[]) {
  let [stdout, stderr] = ['', ''];
  const io: Io = {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env: {
      ...{ DATABASE_URL: database.url, DOI_HOST: 'here', DOI_MIRRORS: '/m', DOI_DATA: '/nowhere' },
      ...{ GITEA_TOKEN: TOKEN, PATH: '' },
    },
  };
  const code = await run(['discover', 'gitea', 'acme', '--url', forge.url, ...options], io);
  expect(stdout + stderr).not.toContain(TOKEN);
  return { code, stdout, stderr };
}
const rows = async () =>
  (await listRepositories(database.sql, { archived: true })).map(({ slug, status, remoteUrl }) => [
    ...[slug, status, remoteUrl?.slice(forge.url.length)],
  ]);

describe('doi discover', () => {
  it('registers what the forge lists, and follows renames and archiving when it runs again', async () => {
    listed([1, 'widget'], [2, 'gadget'], [3, 'copy', { fork: true }], [4, 'new', { empty: true }]);
    const first = await discover();
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toBe(
      [
        `acme at ${forge.url}/api/v1: 4 repositories.`,
        'Added 2: widget, gadget.',
        'Left out, forks 1: acme/copy.',
        'Left out, empty 1: acme/new.',
        'Unchanged: 0.',
        'A running worker of this host fetches and judges them; "doi summary" lists the results.',
        '',
      ].join('\n'),
    );
    expect((await discover()).stdout).toContain('Unchanged: 2.');

    listed([1, 'better-widget'], [2, 'gadget', { archived: true }]);
    const { stdout } = await discover();
    expect(stdout).toContain(`Renamed at the forge 1: widget (now ${forge.url}/acme/better-widget.git).`);
    expect(stdout).toContain('Archived, as at the forge 1: gadget.');
    expect(await rows()).toEqual([
      ['gadget', 'archived', '/acme/gadget.git'],
      ['widget', 'active', '/acme/better-widget.git'],
    ]);

    listed([1, 'better-widget'], [2, 'gadget']);
    expect((await discover()).stdout).toMatch(/Archived here, active at the forge 1: gadget\.\n.*--undo/);
    expect(await rows()).toContainEqual(['gadget', 'archived', '/acme/gadget.git']);
  });

  it('when a new repository has taken the name of a renamed one, then both are there, and each keeps its own row', async () => {
    listed([1, 'widget']);
    await discover();
    listed([9, 'widget'], [1, 'old-widget']);
    expect((await discover()).stdout).toMatch(/Added 1: acme-widget\.\nRenamed at the forge 1: widget /);
    expect(
      await database.sql`
      select r.slug, s.forge_id, s.due_at is not null as due from doi_source s join managed_repos r on r.id = s.repo_id
      order by 1`,
    ).toEqual([
      { slug: 'acme-widget', forge_id: '9', due: true },
      { slug: 'widget', forge_id: '1', due: true },
    ]);
    expect((await discover()).stdout).toContain('Unchanged: 2.');
  });

  it('names what is gone, and archives it only with --prune, most of it only with --force', async () => {
    listed([1, 'a'], [2, 'b'], [3, 'c']);
    await discover();
    listed([1, 'a'], [2, 'b']);
    expect((await discover()).stdout).toContain('No longer listed 1: c.\n  --prune archives them\n');
    const single = '/api/v1/repos/acme/c';
    forge.answers[single] = { body: forge.repository(3, 'acme/c') };
    const kept = await discover('--prune');
    expect(kept.stdout).toContain('does not say that they are gone, so not archived 1: c.');
    expect((await rows()).map(([, status]) => status)).toEqual(['active', 'active', 'active']);
    delete forge.answers[single];
    expect((await discover('--prune')).stdout).toContain('Archived, no longer listed 1: c.');
    listed();
    expect((await discover('--prune')).stdout).toContain('More than half are gone, so they stay');
    expect((await rows()).map(([, status]) => status)).toEqual(['active', 'active', 'archived']);
    await discover('--prune', '--force');
    expect((await rows()).map(([, status]) => status)).toEqual(['archived', 'archived', 'archived']);
  });

  it('with --dry-run shows the same and writes nothing; --json has all', async () => {
    await database.sql`insert into managed_repos (slug, name, remote_url, host_paths)
      values ('mine', 'mine', ${`${forge.url}/acme/mine`}, '{"here":"/src/mine"}')`;
    listed([1, 'widget'], [2, 'mine']);
    const dry = JSON.parse((await discover('--dry-run', '--json')).stdout);
    expect(dry).toMatchObject({
      ...{ forge: 'gitea', owner: 'acme', dry_run: true, listed: 2, ended_early: null, unchanged: 0 },
      added: [{ repo_slug: 'widget', remote_url: `${forge.url}/acme/widget.git` }],
      adopted: [{ repo_slug: 'mine', forge_id: '2' }],
    });
    expect(await rows()).toHaveLength(1);
    expect(await database.sql`select from doi_source`).toHaveLength(0);
    expect((await discover('--dry-run')).stdout).toContain('Would add 1: widget.');
    await discover();
    expect(await database.sql`select mirror_host, forge_id from doi_source order by forge_id`).toEqual([
      { mirror_host: 'here', forge_id: '1' },
      { mirror_host: null, forge_id: '2' },
    ]);
  });

  it('when the list ends early, then registers what it has, archives nothing, and ends with 3', async () => {
    listed([1, 'a'], [2, 'b']);
    await discover();
    const limited = { status: 429, headers: { 'retry-after': '901' } };
    forge.answers[REPOS] = {
      body: [forge.repository(1, 'acme/a', { archived: true }), forge.repository(9, 'acme/z')],
      headers: forge.next(`${REPOS}&page=2`),
    };
    forge.answers[`${REPOS}&page=2`] = limited;
    const { code, stdout, stderr } = await discover('--prune', '--force');
    expect(code).toBe(3);
    expect(stdout).toContain('Added 1: z.');
    expect(stdout).toContain('Nothing was pruned, because the list is not whole.');
    expect(stderr).toMatch(/^The list is not whole, so nothing was archived\. Gitea .* limits this client/);
    expect((await rows()).every(([, status]) => status === 'active')).toBe(true);
  });

  it('when the owner is not there, then says what to set and ends with 3; for a wrong owner or forge with 2', async () => {
    forge.answers = {};
    const gone = await discover();
    expect(gone).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('GITEA_TOKEN') });
    expect(await discover('--match', '')).toMatchObject({ code: 2 });
    expect(await discover('--url', 'https://me:pw@h.example')).toMatchObject({
      ...{ code: 2, stderr: expect.not.stringContaining('pw') },
    });
  });

  it('of many names shows twenty', async () => {
    listed(...Array.from({ length: 60 }, (_, n) => [n + 1, `r${n}`] as const));
    expect((await discover()).stdout).toMatch(/^Added 60: r0, .*, r19 and 40 more\.$/m);
  });
});

describe('the nightly discovery', () => {
  it('when one owner fails, then the next is discovered all the same, and its workers are woken', async () => {
    listed([1, 'widget']);
    const filters = { archived: false, forks: false, ssh: false, kind: 'gitea', url: forge.url } as const;
    const woken: unknown[] = [];
    await discoverNightly({
      config: {
        discover: ['nemo', 'acme'].map((owner) => ({ ...filters, owner })),
        forgeTokens: { github: undefined, gitlab: undefined, gitea: TOKEN, forgejo: undefined },
        ...{ host: 'here', mirrorsDir: '/m' },
      },
      ...{ log: openLog('test', 'silent'), signal: new AbortController().signal, sql: database.sql },
      wake: async (wakes) => void woken.push(...wakes),
    });
    expect(await rows()).toEqual([['widget', 'active', '/acme/widget.git']]);
    expect(woken).toMatchObject([{ host: 'here', priority: 5 }]);
  });
});
