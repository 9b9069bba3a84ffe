/** Hostile checkouts: traps that leave a marker if a program starts anything that a checkout names or holds. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CheckerSettings } from '../../src/platform/config.js';
import { packageRoot } from '../../src/platform/process/package-root.js';
import { discoverRepositories } from '../../src/registry/discover-repositories.js';
import { registerRepositories } from '../../src/registry/register.js';
import { PLAIN_GIT } from '../helpers/git-repository.js';
import { type Arena, openArena } from './arena.js';
import { setTraps, trickyNames } from './fixtures/traps.js';
import { GOOD, GOOD_STATUSES } from './places.js';

let arena: Arena;
let builtIn: CheckerSettings;
beforeAll(async () => {
  arena = await openArena('traps');
  builtIn = arena.world.deps.checker;
});
afterEach(() => arena.expectUntouched());
afterAll(() => arena.close());

/** A good checkout with all traps set, not registered. */
async function makeTrapped(name: string): Promise<string> {
  for (const [file, text] of Object.entries(GOOD)) await arena.world.write(name, file, text);
  setTraps(arena.world.path(name), arena.outside.markers);
  return arena.world.path(name);
}

/** Registers the repositories below a path, as `doi register --discover` does; returns their slugs. */
async function register(path: string): Promise<string[]> {
  const { repositories } = await discoverRepositories([path]);
  const paths = repositories.map((each) => each.path);
  const outcomes = await registerRepositories(arena.world.sql, { paths, host: 'here' });
  return outcomes.map(({ slug }) => slug);
}

/** A checker of the user's own that prints how it was started. */
async function useOwnChecker(): Promise<string> {
  const program = join(arena.outside.folder, 'own-checker.sh');
  const said = join(arena.outside.folder, 'said');
  const report = `printf '{"repo":"%s","findings":[]}' "$2"`;
  await writeFile(program, `#!/bin/sh\nprintf '%s\\0' "$PWD" "$@" > '${said}'\nls -la "$1" >&2\n${report}\n`);
  await chmod(program, 0o755);
  const argv = [program, '{path}', '{slug}', 'path={path}'];
  arena.world.deps = { ...arena.world.deps, checker: { kind: 'command', argv, output: 'json' } };
  return said;
}

describe('traps in .git and beside it', () => {
  it('are sprung by git, which proves that they work', async () => {
    const root = await makeTrapped('control');
    const control = join(arena.outside.folder, 'control');
    await cp(root, control, { recursive: true });
    const env = {
      PATH: process.env['PATH'],
      ...PLAIN_GIT,
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
    };
    for (const command of ['add -A', 'status', 'commit -m x', 'fetch'])
      spawnSync('git', ['-C', control, ...command.split(' ')], { env, stdio: 'ignore', timeout: 60_000 });
    spawnSync('sh', ['-c', './node; python3 -c "import json"'], { cwd: control, env, stdio: 'ignore' });
    const sprung = await readdir(arena.outside.markers);
    for (const name of sprung) await rm(join(arena.outside.markers, name));
    expect(sprung).toEqual(expect.arrayContaining(['process', 'included-fsmonitor', 'program-node']));
    expect(sprung.length).toBeGreaterThan(3);
  });

  it('are not sprung by registering, judging and reading', async () => {
    const [slug = ''] = await register(await makeTrapped('trapped'));
    expect(slug).toBe('trapped');
    const { statuses } = await arena.judge(slug, 'traps');
    expect(statuses).toEqual({ ...GOOD_STATUSES, C4: 'fail' });
    const [row] = await arena.world.sql`select remote_url from managed_repos where slug = ${slug}`;
    expect(JSON.stringify(row)).not.toContain('password');
  });

  it('are not sprung by a configured checker, which starts outside of the checkout', async () => {
    const said = await useOwnChecker();
    const [slug = ''] = await register(await makeTrapped('trapped-own'));
    try {
      expect((await arena.judge(slug, 'traps, own checker')).statuses).toEqual(GOOD_STATUSES);
    } finally {
      arena.world.deps = { ...arena.world.deps, checker: builtIn };
    }
    const path = arena.world.path('trapped-own');
    expect((await readFile(said, 'utf8')).split('\0')).toEqual([
      process.cwd(),
      path,
      slug,
      `path=${path}`,
      '',
    ]);
  });

  it.each([[[]], [['.']]])('are not sprung by doi check %j, run within the checkout', async (args) => {
    const root = await makeTrapped(`trapped-check-${args.length}`);
    const env = { PATH: process.env['PATH'], HOME: root, LOG_LEVEL: 'info' };
    const began = performance.now();
    const doi = join(packageRoot, 'bin/doi');
    const run = spawnSync(process.execPath, [doi, 'check', '--json', ...args], {
      cwd: root,
      env,
      encoding: 'utf8',
    });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: '' });
    const { criteria } = JSON.parse(run.stdout) as { criteria: { id: string; status: string }[] };
    expect(criteria.find(({ id }) => id === 'C7')).toMatchObject({ status: 'pass' });
  });

  it('made of a .git file or link that leads elsewhere are not followed', async () => {
    const { outside, world } = arena;
    const cases = {
      absolute: `gitdir: ${join(outside.folder, 'git')}\n`,
      relative: 'gitdir: ../../../../../../../../proc/self\n',
      etc: 'gitdir: /etc\n',
      device: 'gitdir: /dev/zero\n',
      options: 'gitdir: --upload-pack=touch\n',
      empty: 'gitdir: \n',
    };
    for (const [name, text] of Object.entries(cases)) {
      const slug = `gitdir-${name}`;
      await world.add(slug, GOOD);
      await rm(world.path(slug, '.git'), { recursive: true });
      await world.write(slug, '.git', text);
      const { statuses, answer } = await arena.judge(slug, 'a .git file');
      expect(statuses).toEqual(GOOD_STATUSES);
      expect(answer.checkout).toMatchObject({ branch: null, head: null });
      await expect(register(world.path(slug))).rejects.toThrow(/Its \.git (?:leads to|is a file that)/);
    }
    await world.write('gitdir-link', 'SCOPE.md', '');
    await symlink(join(outside.folder, 'git'), world.path('gitdir-link', '.git'));
    await expect(register(world.path('gitdir-link'))).rejects.toThrow('where git keeps the working tree');
  });

  it('made of references that lead out of .git are not followed', async () => {
    const { outside, world } = arena;
    const cases = [
      `ref: refs/heads/../../../../outside\n`,
      `ref: ${outside.folder}/secret.md\n`,
      `ref: refs/heads/a/b\n`,
    ];
    for (const [index, head] of cases.entries()) {
      const slug = `reference-${index}`;
      await world.add(slug, { ...GOOD, '.git/HEAD': head });
      await mkdir(world.path(slug, '.git/refs/heads'), { recursive: true });
      await symlink(outside.folder, world.path(slug, '.git/refs/heads/a'));
      await symlink(join(outside.folder, 'git/HEAD'), world.path(slug, '.git/packed-refs'));
      expect((await arena.judge(slug, 'references')).answer.checkout).toMatchObject({ head: null });
    }
  });
});

describe('a folder whose name is a trap', () => {
  it('is registered and judged like any other, by the built-in checker and by one of the user’s own', async () => {
    const { world, outside } = arena;
    for (const name of trickyNames(outside.markers)) {
      for (const [file, text] of Object.entries(GOOD)) await world.write(join('tricky', name), file, text);
      await world.write(join('tricky', name), '.git/HEAD', 'ref: refs/heads/main\n');
    }
    const slugs = await register(world.path('tricky'));
    expect(slugs).toHaveLength(trickyNames(outside.markers).length);
    for (const slug of slugs) {
      const { statuses } = await arena.judge(slug, 'a tricky name');
      expect(statuses, slug).toEqual(GOOD_STATUSES);
    }
    const said = await useOwnChecker();
    try {
      for (const slug of slugs) {
        expect((await arena.judge(slug, 'a tricky name, own checker')).statuses).toEqual(GOOD_STATUSES);
        const [row] = await world.sql<{ path: string }[]>`
          select host_paths ->> 'here' as path from managed_repos where slug = ${slug}`;
        expect((await readFile(said, 'utf8')).split('\0').slice(1, 3)).toEqual([row?.path, slug]);
      }
    } finally {
      world.deps = { ...world.deps, checker: builtIn };
    }
  });

  it('is left out, with the reason, where its name is not UTF-8', async () => {
    const folder = arena.world.path('bytes');
    await arena.world.write('bytes/good', '.git/HEAD', 'ref: refs/heads/main\n');
    execFileSync('sh', ['-c', `mkdir -p "$(printf 'x\\377')/.git"`], { cwd: folder });
    const { repositories, skipped } = await discoverRepositories([folder]);
    expect(repositories.map(({ name }) => name)).toEqual(['good']);
    expect(skipped).toEqual([{ path: join(folder, 'x\ufffd'), why: expect.stringContaining('ENOENT') }]);
  });
});
