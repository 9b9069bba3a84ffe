/** Hostile remotes and bare repositories through the whole of a worker: a verdict where the content is to blame, else a failure. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSubprocess } from '../../src/checker/run-subprocess.js';
import { startEndless } from '../helpers/endless-git-server.js';
import { commit, git, makeRemote, push } from '../helpers/git-repository.js';
import { type Fault, type GitServer, startGitServer } from '../helpers/git-server.js';
import { openWorld, type World } from '../helpers/world.js';
import { bareOf, link, type Node } from '../integration/git/objects/repositories.js';
import { nest as nestMap } from '../property/never-falsely-fresh/bare/origin.js';
import { FILE_PLACES, FOLDER_PLACES, GOOD, type Place } from './places.js';

let world: World;
let server: GitServer;
/** What an attack that succeeds makes. */
let mark: string;
/** How long git may run. */
let longestMs = 600_000;
beforeAll(async () => {
  world = await openWorld('hostile-remotes', {
    runGit: ({ argv, timeoutMs, ...options }) =>
      runSubprocess({ ...options, argv: argv.map(lowered), timeoutMs: Math.min(timeoutMs, longestMs) }),
  });
  server = await startGitServer(world.folder);
  mark = world.path('started');
});
afterAll(async () => {
  await server.close();
  await world.close();
});

const nest = (files: Readonly<Record<string, Node>>) => nestMap(new Map(Object.entries(files)));
let count = 0;
const DIVISOR = 16;

/** The limit of memory is a part of what it is, so that what exceeds it is made quickly. */
function lowered(arg: string): string {
  const [, bytes] = /^--data=(\d+)$/.exec(arg) ?? [];
  return bytes === undefined ? arg : `--data=${Number(bytes) / DIVISOR}`;
}

/** Registers a repository that is at home here: with a remote, as a mirror of it. */
async function register(place: { readonly url: string } | { readonly folder: string }): Promise<string> {
  count += 1;
  const slug = `remote-${count}`;
  const { sql, mirrors } = world;
  // What a former test made of the server must not let this one leave it alone.
  await sql`delete from doi_server`;
  const url = 'url' in place ? place.url : 'https://git.example.org/a.git';
  const [row] = await sql<{ id: string }[]>`
    insert into managed_repos (id, slug, name, remote_url)
    values (gen_random_uuid(), ${slug}, ${slug}, ${url}) returning id::text`;
  const id = row?.id ?? '';
  const here = 'folder' in place ? place.folder : join(mirrors.folder, `${id}.git`);
  await sql`update managed_repos set host_paths = ${sql.json({ here })} where id = ${id}`;
  if ('url' in place)
    await sql`insert into doi_source (repo_id, mirror_host, server, due_at) values (${id}, 'here', '', now())`;
  return slug;
}

function remoteOf(files: Readonly<Record<string, string | Buffer>>): { name: string; remote: string } {
  count += 1;
  const { remote, author } = makeRemote(world.path(`origin-${count}`));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(author, name), text);
  commit(author, 'CLAUDE.md', 'kaizen\n');
  push(author);
  return { name: `origin-${count}/remote.git`, remote };
}

async function expectFailure(slug: string, code: RegExp): Promise<void> {
  expect(await world.evaluate(slug)).toMatchObject({
    end: 'failed',
    error: { code: expect.stringMatching(code) },
  });
  const id = await world.id(slug);
  expect(await world.sql`select from doi_cache where repo_id = ${id}`).toHaveLength(0);
  const { folder } = world.mirrors;
  const left = existsSync(folder) ? readdirSync(folder) : [];
  expect(left.filter((name) => name.startsWith('.tmp-') || name.startsWith(id))).toEqual([]);
  expect(existsSync(mark)).toBe(false);
}

const detailsOf = async (slug: string) => {
  const { criteria, stale } = await world.read(slug);
  expect(stale).toBe(false);
  return Object.fromEntries(criteria.map(({ id, status, detail }) => [id, `${status}: ${detail}`]));
};

describe('a server', () => {
  const isPost = ({ method }: { readonly method: string }) => method === 'POST';
  let name: string;
  beforeAll(() => {
    ({ name } = remoteOf({}));
  });

  it.each<[string, Fault, RegExp]>([
    ['hangs', { hangs: true, after: 30 }, /^remote_unreachable$/],
    ['floods', { floods: true, after: 300 }, /^remote_/],
    ['breaks off', { breaks: true, after: 300 }, /^remote_/],
    [
      'redirects to another host',
      { status: 302, headers: { location: 'http://elsewhere.invalid/x/info/refs?service=git-upload-pack' } },
      /^remote_moved$/,
    ],
    [
      'redirects to a file',
      { status: 302, headers: { location: 'file:///etc/info/refs?service=git-upload-pack' } },
      /^remote_moved$/,
    ],
  ])('when it %s, then that is a failure, and nothing of it stays', async (_, fault, code) => {
    const slug = await register({ url: server.url(name) });
    server.fault = (request) => ('status' in fault || isPost(request) ? fault : undefined);
    longestMs = 'hangs' in fault ? 1500 : longestMs;
    try {
      await expectFailure(slug, code);
    } finally {
      server.fault = () => undefined;
      longestMs = 600_000;
    }
  });

  it('when it lists branches without an end, then git ends by its limit of memory', async () => {
    const endless = await startEndless();
    try {
      await expectFailure(await register({ url: endless.url }), /^remote_/);
    } finally {
      endless.close();
    }
  }, 240_000);
});

describe('an address', () => {
  it.each([
    'ext::sh -c touch% MARK',
    'ext::touch MARK',
    'ssh://-oProxyCommand=touch%20MARK/x',
    '--upload-pack=touch MARK',
    'file://host/etc',
    'http://127.0.0.1:1/$(touch MARK)',
  ])('when it is %s, then that is a failure and nothing is started', async (text) => {
    await expectFailure(await register({ url: text.replace('MARK', mark) }), /^(?:bad_request|remote_\w+)$/);
  });
});

describe('a remote', () => {
  it('when its configuration and hooks name programs, then none is started', async () => {
    const { remote } = remoteOf({ '.gitattributes': '* filter=evil\n' });
    const start = `touch ${mark}`;
    const settings = {
      ...{ 'core.fsmonitor': start, 'core.sshCommand': start, 'core.alternateRefsCommand': start },
      ...{ 'filter.evil.smudge': start, 'filter.evil.process': start, 'core.hooksPath': `${remote}/hooks` },
      ...{ 'uploadpack.packObjectsHook': start, 'remote.origin.uploadpack': start, 'core.gitProxy': start },
    };
    for (const [key, value] of Object.entries(settings)) git(remote, 'config', key, value);
    mkdirSync(join(remote, 'hooks'), { recursive: true });
    for (const hook of ['post-upload-pack', 'pre-receive', 'reference-transaction', 'post-checkout'])
      writeFileSync(join(remote, 'hooks', hook), `#!/bin/sh\n${start}\n`, { mode: 0o755 });
    const slug = await register({ url: `file://${remote}` });
    expect(await world.evaluate(slug)).toMatchObject({ end: 'written' });
    expect(await detailsOf(slug)).toMatchObject({ C12: expect.stringMatching(/^pass/) });
    expect(existsSync(mark)).toBe(false);
  });

  it('when its texts are huge, then they fail with that reason', async () => {
    const { name } = remoteOf({
      'SCOPE.md': randomBytes(4 * 2 ** 20),
      'tpsc.yaml': Buffer.alloc(20 * 2 ** 20),
    });
    const slug = await register({ url: server.url(name) });
    expect(await world.evaluate(slug)).toMatchObject({ end: 'written' });
    expect(await detailsOf(slug)).toMatchObject({
      ...{ C5: 'fail: SCOPE.md is larger than 256 KiB.', C9: 'fail: tpsc.yaml is larger than 256 KiB.' },
      C12: expect.stringMatching(/^pass/),
    });
  }, 180_000);
});

describe('a bare repository', () => {
  const SUBMODULE: Node = { mode: '160000', id: 'a'.repeat(40) };
  const POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n';

  it.each<[string, Node, string]>([
    ['a submodule', SUBMODULE, 'is a submodule, not a file'],
    ['a pointer of Git LFS', POINTER, 'is a pointer of Git LFS: its text is not in git'],
    ['a link to another file of the host', link('/etc/passwd'), 'is a link that leads out of the checkout'],
  ])(
    'when %s stands in the place of a text, then its criteria fail with that reason',
    async (_, node, clause) => {
      for (const group of FILE_PLACES) {
        const places = group.filter(
          ({ path }) => !path.startsWith('workplans/') && !path.startsWith('.git/'),
        );
        await expectSaid(places, node, clause);
      }
    },
  );

  it('when submodules stand in the place of its folders, then their criteria fail with that reason', async () => {
    const [places = []] = FOLDER_PLACES;
    await expectSaid(
      places.filter(({ path }) => path !== '.git'),
      SUBMODULE,
      'is a submodule, not a folder',
    );
  });

  it.each<[string, Node]>([
    ['submodules', SUBMODULE],
    ['pointers', POINTER],
    ['links out', link('/etc/passwd')],
  ])('when %s stand in the place of its workplans, then these are no pass', async (_, node) => {
    const [plan = ''] = Object.keys(GOOD).filter((path) => path.startsWith('workplans/'));
    const details = await judge({ ...GOOD, [plan]: node });
    expect([details['C7'], details['C13']]).toEqual([
      expect.not.stringMatching(/^pass/),
      expect.not.stringMatching(/^pass/),
    ]);
    expect(JSON.stringify(details)).not.toContain('root:');
  });

  it.each(['..', '.git', '.GIT', 'a/b', 'n'.repeat(4096), 'a\n\x1b[31m.md'])(
    'when workplans has a name like %j, then nothing is written outside of the folder of the checker',
    async (name) => {
      const plans = { ...(nest(GOOD)['workplans'] as object), [name]: { 'x.md': 'x' } };
      const { folder } = bareOf(world.path(`bare-name-${++count}.git`), { ...nest(GOOD), workplans: plans });
      const slug = await register({ folder });
      const before = readdirSync(world.folder);
      expect(await world.evaluate(slug)).toMatchObject({ end: 'written' });
      expect(readdirSync(world.folder)).toEqual(before);
      await detailsOf(slug);
    },
  );

  async function expectSaid(places: readonly Place[], node: Node, clause: string): Promise<void> {
    const files: Record<string, Node> = { ...GOOD };
    for (const { path, without } of places) {
      if (without !== undefined) delete files[without];
      for (const other of Object.keys(files)) if (other.startsWith(`${path}/`)) delete files[other];
      files[path] = node;
    }
    const details = await judge(files);
    for (const place of places)
      for (const [id, text] of Object.entries(place.details(clause)))
        if (!/^There is no CLAUDE/.test(text)) expect(details[id]).toContain(text);
  }

  async function judge(files: Readonly<Record<string, Node>>): Promise<Record<string, string>> {
    count += 1;
    const { folder } = bareOf(world.path(`bare-${count}.git`), nest(files));
    const slug = await register({ folder });
    expect(await world.evaluate(slug)).toMatchObject({ end: 'written', ran: 14 });
    return detailsOf(slug);
  }
});
