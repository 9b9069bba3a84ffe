/** Tests what `doi doctor` says of mirrors and of the servers of their remotes. */
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { examineMirrors, type TryRemote } from '../../../src/doctor/mirrors.js';
import { DoiError } from '../../../src/domain/errors.js';
import { RemoteError } from '../../../src/git/remote/remote-error.js';
import { makeTempFolder, removeFolder } from '../../helpers/temp-folder.js';
import { openTestDatabase, type TestDatabase } from '../../helpers/test-database.js';
import { linesOf } from './examine.js';

let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  database = await openTestDatabase();
  folder = await makeTempFolder('doctor-mirrors');
});
afterAll(async () => {
  await database.close();
  await removeFolder(folder);
});
beforeEach(async () => {
  await database.sql`delete from managed_repos`;
  await database.sql`delete from doi_server`;
});

interface Mirror {
  readonly server?: string;
  readonly agoSeconds?: number | null;
  readonly failure?: object | null;
  readonly host?: string;
  readonly status?: string;
}

async function add(
  slug: string,
  { server = 'h.example', agoSeconds = 1, failure = null, host = 'alpha', status = 'active' }: Mirror,
) {
  const { sql } = database;
  await sql`
    with r as (
      insert into managed_repos (slug, name, remote_url, status) values (${slug}, ${slug}, ${`https://${server}/a/${slug}`}, ${status})
      returning id
    )
    insert into doi_source (repo_id, mirror_host, server, contacted_at, failure, bytes)
    select id, ${host}, ${server}, clock_timestamp() - ${agoSeconds}::float8 * interval '1 second',
      ${failure === null ? null : sql.json({ ...failure })}, 1500000 from r`;
}

const examine = (tryRemote?: TryRemote, searchPath = process.env['PATH'] ?? '') =>
  linesOf((report) =>
    examineMirrors(
      {
        sql: database.sql,
        host: 'alpha',
        mirrorsDir: `${folder}/not/made`,
        fetchMs: 300_000,
        tryRemote,
        searchPath,
      },
      report,
    ),
  );

describe('the mirrors of a host', () => {
  it('when there are none, then nothing is said', async () => {
    await add('elsewhere', { host: 'beta' });
    expect(await examine()).toEqual({});
  });

  it('when all are reached, then are counted, with the disk that they take and the room that is left', async () => {
    await add('one', {});
    await add('two', {});
    const tried: string[] = [];
    expect(await examine(async (url) => void tried.push(url))).toMatchObject({
      disk: {
        found: expect.stringMatching(
          /^2 mirrors with 3\.0 MB in \S+\/not\/made, which has \d\S* [MGT]B free/,
        ),
      },
      contacts: { state: 'ok' },
      servers: { state: 'ok', found: '1 server answers: h.example' },
    });
    expect(tried).toEqual(['https://h.example/a/one']);
  });

  it('when some are of archived repositories, then they count in the disk, and nowhere else', async () => {
    await add('old', { status: 'archived', agoSeconds: null, failure: { code: 'remote_gone' } });
    const disk = /^1 mirror \(1 of archived repositories\) with 1\.5 MB in /;
    expect(await examine()).toEqual({
      disk: expect.objectContaining({ found: expect.stringMatching(disk) }),
    });
    await add('one', {});
    const lines = await examine();
    expect(lines['disk']?.found).toMatch(/^2 mirrors \(1 of archived repositories\) with 3\.0 MB in /);
    expect(lines).toMatchObject({ contacts: { state: 'ok' } });
  });

  it('when some were never reached, fail, or are overdue, then names each kind once', async () => {
    for (const slug of ['a', 'b', 'c', 'd', 'e']) await add(slug, { agoSeconds: null });
    await add('failing', { agoSeconds: null, failure: { code: 'remote_gone' } });
    await add('overdue', { agoSeconds: 601 });
    await add('fine', { agoSeconds: 590 });
    expect(await examine()).toMatchObject({
      'never reached': { state: 'warning', found: 'a, b, c and 2 more were never fetched.' },
      failing: { state: 'problem', found: 'The last contact failed of failing.' },
      overdue: { state: 'warning', found: 'Not reached within 2 × DOI_FETCH_SECONDS (600 s): overdue.' },
    });
  });

  it('when a server has a problem with a host, then names it once, with its time, and counts its mirrors no further', async () => {
    await add('limited', { server: 'slow.example', agoSeconds: 5000 });
    for (const [host, server, code] of [
      ['alpha', 'slow.example', 'remote_limited'],
      ['beta', 'h.example', 'remote_denied'],
    ] as const)
      await database.sql`
        insert into doi_server values (${host}, ${server}, ${database.sql.json({ code, message: 'It says no.', remedy: 'Do it.' })},
          '2026-01-02T03:04:05Z', now(), 1, '2026-01-02T04:00:00Z')`;
    const found: string[] = [];
    const lines = await linesOf((report) =>
      examineMirrors(
        { sql: database.sql, host: 'alpha', mirrorsDir: folder, fetchMs: 300_000, searchPath: '' },
        (check) => {
          if (check.name === 'server problem') found.push(`${check.state}: ${check.found} ${check.remedy}`);
          report(check);
        },
      ),
    );
    expect(found).toEqual([
      'warning: alpha has a problem with slow.example since 2026-01-02T03:04:05.000Z (remote_limited): It says no. 1 mirror waits for it; next try at 2026-01-02T04:00:00.000Z. Do it.',
      'problem: beta has a problem with h.example since 2026-01-02T03:04:05.000Z (remote_denied): It says no. 0 mirrors wait for it; next try at 2026-01-02T04:00:00.000Z. Do it.',
    ]);
    expect(Object.keys(lines)).toEqual(['server problem', 'disk', 'folder', 'limits', 'contacts']);
  });

  it('when a server does not let this user in, then says what is missing, with the command to try', async () => {
    await add('one', { server: 'closed.example' });
    await add('two', { server: 'open.example' });
    await add('three', { server: 'empty.example' });
    const lines = await examine(async (url) => {
      if (url.includes('closed')) throw new DoiError('remote_denied', 'It refuses.', 'Add a key.');
      if (url.includes('empty')) throw new DoiError('branch_missing', 'It has none.', 'Push.');
    });
    expect(lines['servers']).toMatchObject({ found: '2 servers answer: empty.example, open.example' });
    expect(lines['server']).toEqual({
      name: 'server',
      state: 'problem',
      found: 'closed.example: It refuses.',
      remedy: 'Add a key. As the user of the worker: "git ls-remote https://closed.example/a/one".',
    });
  });

  it('when the registry has an address with a password, then shows it nowhere', async () => {
    await add('one', {});
    await database.sql`update managed_repos set remote_url = 'https://me:hunter2@h.example/a/one'`;
    const lines = await examine(async () => {
      throw new DoiError(
        'remote_denied',
        'It refuses.',
        'See ssh://git@h.example/a, not https://me:hunter2@h.example.',
      );
    });
    expect(lines['server']?.remedy).toBe(
      'See ssh://git@h.example/a, not https://***@h.example. As the user of the worker: "git ls-remote https://h.example/a/one".',
    );
  });

  it('when only one repository fails there, then the server answers, and the repository is named', async () => {
    await add('gone', { server: 'gone.example' });
    await add('down', { server: 'down.example' });
    const lines = await examine(async (url) => {
      const isServers = url.includes('down');
      const code = isServers ? 'remote_unreachable' : 'remote_gone';
      throw new RemoteError({ code, isServers }, 'It says no.', 'Do it.');
    });
    expect(lines).toMatchObject({
      servers: { found: '1 server answers: gone.example' },
      server: { state: 'problem', found: 'down.example: It says no.' },
      repository: { state: 'problem', found: 'gone: It says no.' },
    });
  });
});

describe('what mirrors need of this host', () => {
  it('when all is there, then is ok, and the folder of the mirrors stays as it was', async () => {
    await add('one', {});
    expect(await examine()).toMatchObject({ folder: { state: 'ok' }, limits: { state: 'ok' } });
    expect(await readdir(folder)).toEqual([]);
  });

  it('when the folder cannot be written, or prlimit is missing, then says so', async () => {
    await add('one', {});
    const deps = { sql: database.sql, host: 'alpha', fetchMs: 300_000, searchPath: '' };
    const lines = await linesOf((report) => examineMirrors({ ...deps, mirrorsDir: '/proc/doi' }, report));
    expect(lines).toMatchObject({
      folder: { state: 'problem', found: expect.stringMatching(/^\/proc\/doi cannot be written \(E\w+\)/) },
      limits: { state: 'warning', found: expect.stringContaining('prlimit is not on the PATH') },
    });
  });
});
