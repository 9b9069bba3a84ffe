import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SummaryEntry } from '../../src/api/summary.js';
import type { DoctorAnswer } from '../../src/doctor/check.js';
import { packageRoot } from '../../src/platform/process/package-root.js';
import { makeDataFolder, removeFolder } from '../helpers/temp-folder.js';
import { BARE, doi, makeCheckout, processesWith, type Running, startProgram, until } from './programs.js';

let root: string;
let code: string;
let data: string;
let running: Running | undefined;

beforeEach(async () => {
  root = await makeDataFolder('start');
  code = join(root, 'code');
  // What a shell would take apart.
  data = join(root, "it's data");
  await mkdir(code);
});

afterEach(async () => {
  if ((await processesWith(root)).some((line) => line.startsWith(`${running?.pid} `))) {
    running?.signal('SIGKILL');
    await running?.done;
  }
  await removeFolder(root);
});

describe('doi start', () => {
  it('judges the repositories that it finds, serves them, stops at Ctrl-C, and has its data at the next start', async () => {
    await makeCheckouts();
    const first = start(code);
    const shown = await first.shows(/Ctrl-C stops everything\.\n/);
    expect(shown).toMatch(/^Found 3 git repositories, 3 new\.$/m);
    expect(shown).toMatch(
      /^Skipped \S+\/tree: Its \.git leads to \S+\/worktrees\/tree, and nothing is there\.$/m,
    );
    expect(shown.match(/^ (?:b-widget|gadget|widget) +core +C5 .* standard: SCOPE\.md, /gm)).toHaveLength(3);
    expect(shown).toContain('\n3 repositories: 3 core; 0 stale\n');
    expect(shown).toContain(`DOI_DATA='${root}/it'\\''s data' ./bin/doi show `);
    expect(shown.indexOf('\nServing http')).toBeLessThan(shown.indexOf('\n3 repositories:'));
    const before = await readSummary(shown);
    expect(before.map(({ repo_slug: slug }) => slug).sort()).toEqual(['b-widget', 'gadget', 'widget']);

    const elsewhere = await doi(['show', 'b-widget'], { ...BARE, DOI_DATA: data, LC_MARK: root });
    expect(elsewhere).toMatchObject({ code: 0, stdout: expect.stringMatching(/^b-widget {2}tier: core\n/) });
    const examined = await doi(['doctor', '--json'], {
      ...BARE,
      DOI_DATA: data,
      LC_MARK: root,
      DOI_HOST: 'here',
    });
    expect(examined).toMatchObject({ code: 0, stderr: '' });
    const { checks } = JSON.parse(examined.stdout) as DoctorAnswer;
    // How this machine contains subprocesses is its own affair.
    expect(checks.filter(({ group, state }) => group !== 'This host' && state !== 'ok')).toEqual([]);
    expect(checks.find(({ name }) => name === 'npm start')?.found).toContain(`process ${first.pid} runs`);
    const second = await start(code).done;
    expect(second).toMatchObject({ code: 3, stderr: expect.stringContaining(`(process ${first.pid})`) });
    expect(second.stderr).toContain(`kill ${first.pid}`);

    expect(await stop(first)).toMatchObject({ code: 0, stderr: '' });
    expect((await first.done).stdout).toMatch(/\nStopped\. The data are kept\.\n$/);

    const again = start(code);
    const shownAgain = await again.shows(/Ctrl-C stops everything\.\n/);
    expect(shownAgain).toMatch(/^Found 3 git repositories, 0 new\.$/m);
    const times = (entries: readonly SummaryEntry[]) =>
      entries.map(({ repo_slug: slug, checked_at: at }) => `${slug} ${at}`).sort();
    expect(times(await readSummary(shownAgain))).toEqual(times(before));
    expect(await stop(again)).toMatchObject({ code: 0, stderr: '' });
  }, 300_000);

  it.each([
    ['PostgreSQL is started', /^Starting PostgreSQL and Redis/m],
    ['the database is made', /^Creating the database/m],
    ['the processes are started', /^Found \d/m],
  ])(
    'leaves nothing behind when Ctrl-C comes while %s',
    async (_, line) => {
      await makeCheckouts();
      const early = start(code);
      await early.shows(line);
      expect(await stop(early)).toMatchObject({ code: 0, signal: null, stderr: '' });
      const next = start(code);
      await next.shows(/3 core; 0 stale\n[\s\S]*Ctrl-C stops everything\.\n/);
      expect((await stop(next)).code).toBe(0);
    },
    300_000,
  );

  it('stops cleanly when its terminal is closed', async () => {
    await makeCheckouts();
    const orphan = start(code);
    await orphan.shows(/Ctrl-C stops everything\.\n/);
    expect(await stop(orphan, 'SIGHUP')).toMatchObject({ code: 0, signal: null });
  }, 180_000);

  it('stops cleanly when only the npm that started it was ended', async () => {
    await makeCheckouts();
    const env = { ...BARE, PORT: '0', DOI_HOST: 'here', npm_config_cache: join(root, 'npm') };
    const npm = startProgram(['npm', 'start', '--', code, '--data', data], env);
    running = npm;
    await npm.shows(/Ctrl-C stops everything\.\n/);
    process.kill(npm.pid, 'SIGTERM');
    const left = await until(
      () => processesWith(root),
      (lines) => lines.length === 0,
    );
    expect(left).toEqual([]);
    expect(existsSync(join(data, 'services.json'))).toBe(false);
    expect((await npm.done).stdout).toMatch(/\nStopped\. The data are kept\.\n$/);
  }, 180_000);

  it('stops cleanly when Ctrl-C is pressed repeatedly', async () => {
    await makeCheckouts();
    const impatient = start(code);
    await impatient.shows(/Ctrl-C stops everything\.\n/);
    for (let i = 0; i < 3; i += 1) impatient.signal('SIGINT');
    expect(await stop(impatient)).toMatchObject({ code: 0, signal: null });
  }, 180_000);
});

describe('doi start that cannot', () => {
  it.each([
    ['a path that is not there', 'nowhere', {}, /nowhere/, 3],
    [
      'a folder without a repository',
      '.',
      {},
      /^doi: No git repository at .* or up to 3 folders below\.\n {2}Give /,
      3,
    ],
    [
      'a bad setting',
      '.',
      { DOI_WATCH_SECONDS: 'abc' },
      /DOI_WATCH_SECONDS: must be a number of seconds, 1 to 3600; it is "[^"]*"\.\n {2}Correct /,
      3,
    ],
  ])('says what it found and what to do, and begins nothing: %s', async (_, path, more, message, exit) => {
    const { code: ended, stdout, stderr } = await start(join(code, path), more).done;
    expect({ ended, stdout }).toEqual({ ended: exit, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^doi: \S.*\n {2}\S.*\n$/);
    expect(existsSync(data)).toBe(false);
    expect(await processesWith(root)).toEqual([]);
  });

  it('names a data folder that cannot be used, and the setting', async () => {
    await makeCheckouts();
    const { code: ended, stderr } = await doi(['start', code, '--data', '/proc/doi'], BARE);
    expect(ended).toBe(3);
    expect(stderr).toMatch(/^doi: The data folder \/proc\/doi cannot be used: .*\n {2}.*DOI_DATA.*\n$/);
  });

  it('names a port that another program has, and stops what it had started', async () => {
    await makeCheckouts();
    // It takes connections and never answers.
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code: ended, stderr } = await start(code, { PORT: String(port) }).done;
    other.close();
    expect({ ended, stderr }).toEqual({
      ended: 3,
      stderr: expect.stringMatching(new RegExp(`^doi: Port ${port} of .*\\n {2}Stop that .*\\n$`)),
    });
    expect(await processesWith(root)).toEqual([]);
  }, 180_000);

  it('says that the database does not answer, and stops what it had started', async () => {
    await makeCheckouts();
    const more = { DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/doi' };
    const { code: ended, stdout, stderr } = await start(code, more).done;
    expect(ended).toBe(3);
    expect(stdout).toBe('Using PostgreSQL of DATABASE_URL.\nStarting Redis …\n');
    expect(stderr).toMatch(/^doi: PostgreSQL does not answer.*\n {2}\S.*\n$/);
    expect(stderr).not.toContain('secret');
    expect(await processesWith(root)).toEqual([]);
    expect(existsSync(join(data, 'services.json'))).toBe(false);
  }, 180_000);
});

/** Two repositories of one name, one more, and a linked worktree. */
async function makeCheckouts(): Promise<void> {
  for (const name of ['a/widget', 'b/widget', 'gadget']) {
    const config = `[remote "origin"]\n\turl = https://git.example/${name}.git\n`;
    await makeCheckout(join(code, name), { '.git/config': config });
  }
  await mkdir(join(code, 'tree'));
  await writeFile(join(code, 'tree/.git'), 'gitdir: ../gadget/.git/worktrees/tree\n');
}

function start(path: string, more: NodeJS.ProcessEnv = {}): Running {
  const env = { ...BARE, PORT: '0', DOI_HOST: 'here', ...more };
  const started = startProgram([join(packageRoot, 'bin/doi'), 'start', path, '--data', data], env);
  running ??= started;
  return started;
}

/** Presses Ctrl-C, waits for the end, and makes sure that it was the end of everything. */
async function stop(program: Running, signal: NodeJS.Signals = 'SIGINT') {
  program.signal(signal);
  const ended = await program.done;
  expect(await processesWith(root)).toEqual([]);
  expect(existsSync(join(data, 'services.json'))).toBe(false);
  running = undefined;
  return ended;
}

async function readSummary(shown: string): Promise<SummaryEntry[]> {
  const url = /^Serving (\S+)\/ \(open it in a browser\)$/m.exec(shown)?.[1] ?? '';
  return (await (await fetch(`${url}/repos/doi/summary`)).json()) as SummaryEntry[];
}
