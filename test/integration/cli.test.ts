import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Io } from '../../src/cli/context.js';
import { COMMANDS, run } from '../../src/cli/program.js';
import { listRepositories } from '../helpers/list-repositories.js';
import { makeTempFolder, removeFolder } from '../helpers/temp-folder.js';
import { openTestDatabase, type TestDatabase } from '../helpers/test-database.js';

let root: string;
beforeEach(async () => {
  root = await makeTempFolder('cli');
});
afterEach(() => removeFolder(root));

describe('the command line', () => {
  it('shows help with examples and exit codes for every command, and ends with 0', async () => {
    const { stdout, code } = await doi(['--help']);
    expect(code).toBe(0);
    const names = [...stdout.matchAll(/^ {2}([a-z]+)/gm)]
      .map((match) => match[1] ?? '')
      .filter((name) => name !== 'help');
    expect(names).toHaveLength(COMMANDS.length);
    for (const name of names) {
      const help = await doi([name, '--help']);
      expect(help, name).toMatchObject({ code: 0, stderr: '' });
      expect(help.stdout, name).toMatch(/Examples:\n {2}.*\b(?:doi|npm) .*\n[\s\S]*Exit codes:/);
    }
  });

  it.each([
    [[]],
    [['nonsense']],
    [['check', '--nonsense']],
    [['register']],
    [['check', '--tpsc', 'many']],
    [['record', 'goal', 'x']],
  ])('ends with 2 for %j, and says how to use it', async (argv) => {
    const { code, stderr, stdout } = await doi(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/--help|Usage/);
  });

  it('ends with 3 where no database is configured, and says what to do', async () => {
    const path = await checkout('widget');
    const { code, stderr } = await doi(['register', path], {
      DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/x',
    });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^doi: PostgreSQL does not answer.*\n {2}\S/);
    expect(stderr).not.toContain('secret');
  });
});

describe('doi check', () => {
  it('judges a checkout with no service, and names what it could not judge', async () => {
    const path = await checkout('widget');
    const { code, stdout } = await check([path]);
    expect(code).toBe(0);
    expect(stdout.match(/^[✔!✖–] C\d+ /gm)).toHaveLength(14);
    expect(stdout).toMatch(/^– C1 {3}Registered +skip {2}Not judged: no registry here; give --slug SLUG\./m);
    expect(stdout).toContain(
      'Tier without what only a registry knows: core (C1, C2, C8, C10, C14 not judged: no registry here)',
    );
    expect(stdout).not.toContain('\u001b');
  });

  it('reaches full when everything is there and all options are given', async () => {
    const path = await checkout('widget');
    await fill(path);
    const given = [
      '--slug',
      'widget',
      '--domain',
      'shop',
      '--goal-active',
      '1',
      '--sbom',
      '2026-03-20',
      '--tpsc',
      '2',
    ];
    const { code, stdout } = await check([path, '--json', '--require', 'full', ...given]);
    expect({ code, answer: JSON.parse(stdout) }).toMatchObject({
      code: 0,
      answer: { repo_slug: 'widget', tier: 'full', full_pass: true, next_tier: null, not_judged: [] },
    });
  });

  it('does not know whether --require is met by what was not judged, unless that is allowed', async () => {
    const path = await checkout('widget');
    expect((await check([path, '--require', 'core'])).code).toBe(4);
    expect((await check([path, '--require', 'core', '--allow-unknown'])).code).toBe(0);
    const below = await check([path, '--require', 'standard']);
    expect(below.code).toBe(1);
    expect(below.stdout).toContain('Below standard, which was required: ');
    await fill(path);
    expect((await check([path, '--require', 'full'])).code).toBe(4);
    expect((await check([path, '--require', 'full', '--allow-unknown'])).code).toBe(0);
    expect((await check([path, '--require', 'core', '--domain', 'shop:archived'])).code).toBe(1);
  });

  it('ends with 3 where the checker breaks, since an error is not a verdict', async () => {
    const path = await checkout('widget');
    const { code, stdout, stderr } = await check([path, '--require', 'core'], 'process.exit(70)');
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('The checker exited with code 70');
  });

  it('judges the checkout around a folder, and says which', async () => {
    const path = await checkout('widget');
    await mkdir(join(path, 'src'));
    const { code, stdout } = await check([join(path, 'src')]);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^widget {2}${path}\n`));
    expect(JSON.parse((await check([join(path, 'src'), '--json'])).stdout)).toMatchObject({ path });
  });

  it('judges the remote of a linked worktree, and refuses a folder without a checkout', async () => {
    const path = await checkout('widget');
    const as = ['-c', 'user.name=n', '-c', 'user.email=n@example.org'];
    execFileSync('git', ['-C', path, ...as, 'commit', '-q', '--allow-empty', '-m', 'x']);
    execFileSync('git', ['-C', path, 'worktree', 'add', '-q', join(root, 'tree')]);
    execFileSync('git', ['init', '-q', '--bare', join(root, 'bare.git')]);
    await mkdir(join(root, 'none'));
    const { stdout } = await check([join(root, 'tree')]);
    expect(stdout).toMatch(/^✔ C4 .* h\.example:acme\/widget\.git\.$/m);
    for (const [name, said] of [
      ['none', `doi: ${root}/none lies in no git repository.\n  Give a checkout: `],
      ['bare.git', `doi: ${root}/bare.git is not a git checkout. It is a bare repository`],
    ] as const) {
      const { code, stderr } = await check([join(root, name)]);
      expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining(said) });
    }
  });

  it('says why no remote was found where some are set', async () => {
    const path = await checkout('widget');
    execFileSync('git', ['-C', path, 'remote', 'rename', 'origin', 'upstream']);
    execFileSync('git', ['-C', path, 'remote', 'add', 'fork', 'https://h.example/a/b']);
    const { stdout } = await check([path]);
    expect(stdout).toMatch(
      /^✖ C4 .*No remote is set\. There are 2 remotes \(upstream, fork\).*\n +→ Say which/m,
    );
  });

  it('shows neither a password nor an escape sequence of a repository', async () => {
    const path = await checkout('widget', 'https://me:secret@h.example/a/b');
    await writeFile(join(path, 'SCOPE.md'), '## In Scope\u001b[31m\n```capability\n\u009b[2J: [\n```\n');
    const { stdout } = await check([path]);
    expect(stdout).toContain('https://h.example/a/b');
    expect(stdout).not.toMatch(/secret|[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });
});

describe('the commands of the registry', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await openTestDatabase();
  });
  afterEach(() => database.close());

  it('register what they discover, list what they skip, and undo everything', async () => {
    await checkout('a/widget');
    await checkout('gadget');
    await mkdir(join(root, 'tree'));
    await writeFile(join(root, 'tree/.git'), 'gitdir: x');
    const registered = await registry(['register', root, '--discover', '--json']);
    expect(JSON.parse(registered.stdout)).toMatchObject({
      repositories: [{ repo_slug: 'widget', outcome: 'registered' }, { repo_slug: 'gadget' }],
      skipped: [{ path: join(root, 'tree') }],
    });
    execFileSync('git', ['-C', join(root, 'gadget'), 'remote', 'set-url', 'origin', 'hub:acme/gadget']);
    expect((await registry(['register', join(root, 'gadget')])).stdout).toMatch(
      /is already registered as gadget\. Changed: remote\.\n {2}Its remote hub:acme\/gadget .* will not match it/,
    );
    await checkout('a/b/c/d/deep');
    expect((await registry(['register', root, '--discover'])).stdout).toMatch(/Not entered: \S*a\/b\/c\/d;/);
    const deeper = await registry(['register', root, '--depth', '5']);
    expect(deeper.stdout).toContain('a/b/c/d/deep as deep.');
    await registry(['unregister', 'deep']);
    await registry(['record', 'domain', 'shop', '--repo', 'widget', 'gadget']);
    await registry(['record', 'goal', 'widget', '--title', 'Ship']);
    await registry(['record', 'sbom', 'widget']);
    await registry(['record', 'tpsc', 'widget']);
    await registry(['archive', 'gadget']);
    expect(await listRepositories(database.sql, { domain: 'shop' })).toMatchObject([{ slug: 'widget' }]);
    await registry(['archive', 'gadget', '--undo']);
    await registry(['move', 'gadget', root]);
    await registry(['unregister', 'widget']);
    expect(await listRepositories(database.sql)).toMatchObject([
      { slug: 'gadget', hostPaths: { here: root } },
    ]);
  });

  it('refuse a given path that they cannot register', async () => {
    await checkout('widget');
    await mkdir(join(root, 'tree'));
    await writeFile(join(root, 'tree/.git'), 'gitdir: x');
    const { code, stderr } = await registry(['register', join(root, 'widget'), join(root, 'tree')], 3);
    expect({ code, stderr }).toMatchObject({
      stderr: expect.stringMatching(
        /Its \.git leads to .*, and nothing is there\.\n {2}Put the repository back/,
      ),
    });
    await mkdir(join(root, 'empty'));
    expect((await registry(['register', join(root, 'widget'), join(root, 'empty')], 3)).stderr).toBe(
      `doi: ${join(root, 'empty')} cannot be registered. It is not a git repository: it contains no .git, and is no bare repository.\n` +
        '  Give the folder that contains .git, a bare repository, or a folder above with --discover.\n',
    );
    expect(await listRepositories(database.sql)).toEqual([]);
  });

  it('say which slug was probably meant, and end with 3', async () => {
    await registry(['register', await checkout('widget')]);
    const { stderr } = await registry(['archive', 'wigdet'], 3);
    expect(stderr).toBe('doi: No repository is registered as "wigdet".\n  Did you mean widget?\n');
  });

  it('migrate an empty database, find nothing to do the second time, and delete everything only after a yes', async () => {
    const empty = await openTestDatabase({ empty: true });
    try {
      const env = { DATABASE_URL: empty.url, REDIS_URL: 'redis://127.0.0.1:1' };
      expect(JSON.parse((await doi(['migrate', '--json'], env)).stdout).migrations.length).toBeGreaterThan(2);
      expect(await doi(['migrate'], env)).toEqual({
        code: 0,
        stdout: 'There was nothing to do.\n',
        stderr: '',
      });
      await empty.sql`insert into managed_repos (slug, name) values ('one', 'one'), ('two', 'two')`;
      const refused = await doi(['migrate', '--down'], env);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toMatch(
        /^doi: This deletes .* in 127\.0\.0\.1:\d+\/\w+, for good: 2 repositories, 0 domains, .*0 reports, 0 changes of the history\.\n {2}There is no terminal to ask at: add --yes to delete it\.\n$/,
      );
      const questions: string[] = [];
      const asked = (answer: string | undefined) =>
        doi(['migrate', '--down'], env, async (question) => {
          questions.push(question);
          return answer;
        });
      expect(await asked('y')).toMatchObject({ code: 3, stdout: '', stderr: 'Nothing was deleted.\n' });
      expect(await asked(undefined)).toMatchObject({ code: 2, stdout: '' });
      expect(await empty.sql`select slug from managed_repos`).toHaveLength(2);
      expect((await asked('Yes')).stdout).toMatch(/^Reverted /);
      expect(questions[0]).toMatch(/for good: 2 repositories, .*\nTo delete it, type "yes": $/);
      expect((await asked('no')).stdout).toBe('There was nothing to do.\n');
      await doi(['migrate'], env);
      expect((await doi(['migrate', '--down', '--yes'], env)).stdout).toMatch(/^Reverted /);
    } finally {
      await empty.close();
    }
  });

  async function registry(argv: string[], expected = 0) {
    const env = { DATABASE_URL: database.url, REDIS_URL: 'redis://127.0.0.1:1', DOI_HOST: 'here' };
    const result = await doi(argv, env);
    expect(result.code, result.stderr).toBe(expected);
    return result;
  }
});

async function doi(argv: readonly string[], env: NodeJS.ProcessEnv = {}, ask?: Io['ask']) {
  const text = { stdout: '', stderr: '' };
  const output = (name: 'stdout' | 'stderr') => ({ write: (part: string) => (text[name] += part) });
  const io = {
    stdout: output('stdout'),
    stderr: output('stderr'),
    env: { PATH: process.env['PATH'], ...env },
    ask,
  };
  const code = await run(argv, io);
  return { code, ...text };
}

/** With a checker that finds nothing, or runs a script. */
function check(
  argv: readonly string[],
  script = 'console.log(JSON.stringify({repo: process.argv[1], findings: []}))',
) {
  const command = [process.execPath, '-e', script, '{slug}'];
  return doi(['check', ...argv], { DOI_CONSISTENCY_COMMAND: JSON.stringify(command) });
}

async function checkout(name: string, remote = 'git@h.example:acme/widget.git'): Promise<string> {
  const path = join(root, name);
  await mkdir(path, { recursive: true });
  execFileSync('git', ['-C', path, 'init', '--quiet']);
  execFileSync('git', ['-C', path, 'remote', 'add', 'origin', remote]);
  return path;
}

const SECTIONS = [
  ...[
    'One-liner',
    'Core Idea',
    'In Scope',
    'Out of Scope',
    'Relevant When',
    'Not Relevant When',
    'Current State',
  ],
  ...['How It Fits', 'Terminology', 'Related / Overlapping', 'Provided Capabilities'],
];
const CAPABILITY = '```capability\ntype: api\ntitle: A\ndescription: B\nkeywords: [c]\n```\n';

async function fill(path: string): Promise<void> {
  const scope = SECTIONS.map((title) => `## ${title}\n\ntext\n`).join('\n') + CAPABILITY;
  await writeFile(join(path, 'SCOPE.md'), scope);
  await writeFile(join(path, 'CLAUDE.md'), 'Works by kaizen.\n');
  await writeFile(join(path, 'tpsc.yaml'), 'services: []\n');
}
