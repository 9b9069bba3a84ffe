/** Tests the registration of what has no working folder: bare repositories, and mirrors of remotes. */
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/program.js';
import { git, makeRemote } from '../helpers/git-repository.js';
import { makeTempFolder, removeFolder } from '../helpers/temp-folder.js';
import { openTestDatabase, type TestDatabase } from '../helpers/test-database.js';

let database: TestDatabase;
let root: string;
beforeEach(async () => {
  database = await openTestDatabase();
  root = await makeTempFolder('places');
});
afterEach(async () => {
  await database.close();
  await removeFolder(root);
});

async function doi(...argv: string[]) {
  const text = { stdout: '', stderr: '' };
  const code = await run(argv, {
    stdout: { write: (part) => (text.stdout += part) },
    stderr: { write: (part) => (text.stderr += part) },
    env: { PATH: process.env['PATH'], DATABASE_URL: database.url, DOI_HOST: 'here', DOI_DATA: root },
  });
  return { code, ...text };
}

/** What is stored, by slug. */
async function stored() {
  return [
    ...(await database.sql`
      select r.slug, r.remote_url, r.host_paths ->> 'here' as path, src.branch, src.mirror_host
      from managed_repos r left join doi_source src on src.repo_id = r.id order by r.slug`),
  ];
}

describe('registering a bare repository', () => {
  it('names it by its folder without .git, with the remote of its configuration, and a branch where one is given', async () => {
    const { remote } = makeRemote(root);
    git(remote, 'remote', 'add', 'origin', 'https://me:secret@h.example/acme/widget');
    expect(await doi('register', remote)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/ as remote\.$/m),
    });
    const row = {
      slug: 'remote',
      path: remote,
      remote_url: 'https://h.example/acme/widget',
      mirror_host: null,
    };
    expect(await stored()).toEqual([{ ...row, branch: null }]);
    expect((await doi('register', remote, '--branch', 'next/one')).stdout).toMatch(/Changed: branch\.$/m);
    expect(await stored()).toEqual([{ ...row, branch: 'next/one' }]);
    expect((await doi('register', remote, '--branch', 'next/one')).stdout).toMatch(
      /registered as remote\.$/m,
    );
    expect((await doi('register', remote, '--branch', 'HEAD')).stdout).toMatch(/Changed: branch\.$/m);
    expect(await stored()).toEqual([{ ...row, branch: null }]);
  });

  it('when --branch is no branch, or the path is a working folder, or there are several, then registers nothing', async () => {
    const { remote, author } = makeRemote(root);
    for (const [argv, said] of [
      [[remote, '--branch', '-x'], 'is not the name of a branch'],
      [[remote, '--branch', 'a..b'], 'is not the name of a branch'],
      [[author, '--branch', 'main'], `${author} is a working folder, whose files are judged as they are.`],
      [[remote, author, '--branch', 'main'], 'One branch was given for several paths.'],
    ] as const) {
      const { code, stderr } = await doi('register', ...argv);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(said) });
    }
    expect(await stored()).toEqual([]);
  });
});

describe('registering remotes', () => {
  it('has this host keep a mirror of each, drops credentials, and says where they belong', async () => {
    const urls = ['https://me:secret@h.example/acme/widget.git', 'git@h.example:acme/gadget'];
    const { code, stdout, stderr } = await doi('register', ...urls, '--domain', 'shop');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^Registered https:\/\/h\.example\/acme\/widget\.git as widget: this host's worker fetches and judges it\.\n {2}User name, password, .*credential helper.*\nRegistered git@h\.example:acme\/gadget as gadget: /,
    );
    expect(await stored()).toMatchObject([
      { slug: 'gadget', remote_url: 'git@h.example:acme/gadget', mirror_host: 'here' },
      { slug: 'widget', remote_url: 'https://h.example/acme/widget.git', mirror_host: 'here' },
    ]);
    expect((await doi('register', urls[1] ?? '')).stdout).toBe(
      'git@h.example:acme/gadget is already registered as gadget.\n',
    );
    expect(JSON.parse((await doi('unregister', 'gadget', '--json')).stdout)).toEqual({
      ...{ unregistered: ['gadget'], mirrors: [{ repo_slug: 'gadget', host: 'here' }] },
    });
    expect((await doi('unregister', 'widget')).stdout).toBe(
      'Unregistered widget. The worker of here deletes its mirror.\n',
    );
  });

  it('when a mirror has another address, then says that it has this one from now on', async () => {
    await doi('register', 'https://h.example/acme/widget', '--branch', 'next');
    expect(
      (await doi('register', 'https://g.example/w', '--slug', 'widget', '--branch', 'HEAD')).stdout,
    ).toBe(
      'https://g.example/w is already registered as widget. This is its address from now on. Changed: branch.\n',
    );
    expect(await stored()).toMatchObject([{ remote_url: 'https://g.example/w', branch: null }]);
  });

  it('takes a file URL, which names one repository however often it is given', async () => {
    for (const slug of ['one', 'two'])
      await doi('register', `file:///srv/git/widget.git${slug === 'one' ? '' : '/'}`, '--slug', slug);
    expect(await stored()).toMatchObject([
      { slug: 'one', remote_url: 'file:///srv/git/widget.git', mirror_host: 'here' },
    ]);
  });

  it('when a list holds a line that is no remote, then names its number and registers nothing', async () => {
    const list = join(root, 'urls.txt');
    await writeFile(list, '# ours\n\nhttps://h.example/acme/one\nhttps://h.example\n');
    const refused = await doi('register', '--list', list);
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`Of line 4 of ${list} no mirror`),
    });
    expect(await stored()).toEqual([]);
    await writeFile(list, '# ours\n\nhttps://h.example/acme/one\nhttps://h.example/acme/two\n');
    const { stdout } = await doi('register', '--list', list, '--branch', 'next', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      repositories: [
        { repo_slug: 'one', remote_url: 'https://h.example/acme/one', outcome: 'registered' },
        { repo_slug: 'two' },
      ],
    });
    expect(await stored()).toMatchObject([{ branch: 'next' }, { branch: 'next' }]);
  });

  it('when a list is a pipe, then reads what is written to it, up to 4 MiB', async () => {
    const pipe = join(root, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const write = (text: string) => writeFile(pipe, text).catch(() => {});
    const [refused] = await Promise.all([
      doi('register', '--list', pipe),
      write(`https://h.example/acme/one\n#${'x'.repeat(5 * 1024 * 1024)}`),
    ]);
    expect(refused.stderr).toContain(`${pipe} has more than 4 MiB.`);
    const [taken] = await Promise.all([
      doi('register', '--list', pipe),
      write('https://h.example/acme/one\n'),
    ]);
    expect(taken).toMatchObject({ code: 0, stderr: '' });
    expect(await stored()).toMatchObject([{ slug: 'one' }]);
  });

  it('when a list is no file or too long, then says so at once', async () => {
    const long = join(root, 'long.txt');
    await writeFile(long, `https://h.example/acme/one\n#${'x'.repeat(4 * 1024 * 1024)}`);
    for (const [list, said] of [
      ['/dev/zero', 'is neither a file nor a pipe'],
      [root, 'is neither a file nor a pipe'],
      [long, 'has more than 4 MiB'],
    ] as const) {
      const { code, stderr } = await doi('register', '--list', list);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(`${list} ${said}.`) });
    }
    expect(await stored()).toEqual([]);
  });

  it('when what is given does not go together, then registers nothing', async () => {
    const url = 'https://h.example/acme/one';
    for (const [argv, said] of [
      [[url, root], 'is a path, and others given with it are URLs'],
      [[url, '--discover'], '--discover searches folders'],
      [[url, 'https://h.example/acme/two', '--slug', 'x'], 'One slug was given for several remotes.'],
      [[url, '--branch', 'a/.b'], 'is not the name of a branch.'],
      [['--list', join(root, 'none.txt')], 'could not be read (ENOENT)'],
    ] as const)
      expect((await doi('register', ...argv)).stderr).toContain(said);
    expect(await stored()).toEqual([]);
  });
});

it('when a mirror is moved to a folder, then that is judged and no fetch writes to it; a checkout beside a mirror is another one', async () => {
  const { author } = makeRemote(root);
  git(author, 'remote', 'set-url', 'origin', 'https://h.example/acme/widget');
  await doi('register', 'https://h.example/acme/widget', '--branch', 'next');
  expect((await doi('register', author)).stdout).toMatch(/ as author\.$/m);
  await doi('unregister', 'author');
  expect((await doi('move', 'widget', author)).code).toBe(0);
  expect(await stored()).toMatchObject([{ slug: 'widget', path: author, mirror_host: null, branch: 'next' }]);
  const [source] = await database.sql`select due_at, server from doi_source`;
  expect(source).toEqual({ due_at: null, server: null });
});
