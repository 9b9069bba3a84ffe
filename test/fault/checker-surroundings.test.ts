import { execFileSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeIsolation } from '../../src/checker/isolation.js';
import { packageRoot } from '../../src/platform/process/package-root.js';
import { type Running, until } from '../e2e/programs.js';
import { statOf } from './proc.js';
import { openWorkerWorld, type WorkerWorld } from './worker-world.js';

const { level } = await probeIsolation(process.env);
/** What a worker may well have in its environment, and no checker is to see. */
const SECRETS: NodeJS.ProcessEnv = {
  DOI_TOKEN: 'hush-0123456789abcdef',
  DOI_READ_TOKEN: 'hush-0123456789abcdef',
  DOI_WEBHOOK_SECRET_GITHUB: 'hush-0123456789abcdef',
  GITHUB_TOKEN: 'hush',
  AWS_SECRET_ACCESS_KEY: 'hush',
  PGPASSWORD: 'hush',
  SSH_AUTH_SOCK: '/hush',
  NODE_OPTIONS: '--no-deprecation',
  NODE_EXTRA_CA_CERTS: '/hush.pem',
  LD_PRELOAD: '/hush.so',
  LC_ALL_HUSH: 'hush',
};
/** It writes down what it finds about itself; of the files that are open, what a program that it starts has. */
const REPORTS = `
cat < /proc/self/environ > "$here/seen/environ"
cat > "$here/seen/stdin"
ls -l /proc/self/fd > "$here/seen/files"
cat /proc/self/status > "$here/seen/status"
cat /proc/self/stat > "$here/seen/stat"
ls /proc > "$here/seen/processes"
readlink /proc/self/cwd > "$here/seen/folder"`;

let ours: WorkerWorld;
let worker: Running;
beforeAll(async () => {
  ours = await openWorkerWorld('surroundings');
  await mkdir(join(ours.checker, '..', 'seen'));
  await ours.behaves('reports', REPORTS);
  await ours.world.add('reports', { 'workplans/README.md': 'Plans.\n' });
  worker = ours.startWorker({
    ...ours.env,
    ...SECRETS,
    HOME: '/home/x',
    LANG: 'C',
    TZ: 'UTC',
    TMPDIR: '/tmp',
  });
  await until(
    async () => (await ours.world.read('reports')).stale,
    (stale) => !stale,
    180_000,
  );
}, 240_000);
afterAll(() => ours.close());

const seen = (name: string) => readFile(join(ours.checker, '..', 'seen', name), 'utf8');
/** The numbers of the files that are open, from what ls prints of its own. */
const openFiles = (listing: string) =>
  [...listing.matchAll(/ (\d+) -> /g)].map(([, number]) => Number(number)).sort();

describe('a checker, as the worker starts it,', () => {
  it('has a short list of variables and nothing that is secret', async () => {
    const environ = await seen('environ');
    const names = environ.split('\0').flatMap((one) => (one === '' ? [] : (one.split('=')[0] ?? '')));
    expect(names.sort()).toEqual(['HOME', 'LANG', 'LC_MARK', 'PATH', 'TMPDIR', 'TZ']);
    expect(environ).not.toContain('hush');
  });

  it('has no standard input, and no file of the worker', async () => {
    expect(await seen('stdin')).toBe('');
    const files = await seen('files');
    expect(files).toMatch(/ 0 -> \/dev\/null$/m);
    // The process that started these tests may have left files open for all programs, so these are no more than any program has.
    const anyProgram = execFileSync('ls', ['-l', '/proc/self/fd'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    expect(openFiles(files)).toEqual(openFiles(anyProgram));
    const { length } = openFiles(listFiles(worker.pid));
    expect(length, 'the worker itself has many').toBeGreaterThan(openFiles(files).length + 5);
  });

  it('starts outside the checkout', async () => {
    expect((await seen('folder')).trim()).toBe(packageRoot.replace(/\/$/, ''));
  });

  it('is in a process group and a session of its own', async () => {
    const stat = await seen('stat');
    const [, , group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [, , groupOfWorker, sessionOfWorker] = (await statOf(worker.pid)) ?? [];
    // In a `/proc` of its own, what is led by a process that it cannot see is 0.
    expect(group).toMatch(level === 'namespaces' ? /^0$/ : /^[1-9]\d*$/);
    expect([group, session]).toEqual([group, group]);
    expect([groupOfWorker, sessionOfWorker]).not.toContain(group);
  });

  it.skipIf(level !== 'namespaces' && level !== 'death-signal')('can get no new privileges', async () => {
    expect(await seen('status')).toMatch(/^NoNewPrivs:\t1$/m);
  });

  it.skipIf(level !== 'namespaces')('has no capability, and sees no process of others', async () => {
    expect(await seen('status')).toMatch(/^CapPrm:\t0+\nCapEff:\t0+\nCapBnd:\t0+$/m);
    // The first of its namespace, the shell, and ls.
    expect((await seen('processes')).match(/^\d+$/gm)).toHaveLength(3);
  });
});

describe('a worker, once it has started,', () => {
  it('shows nothing that is secret in its environment, nor does its launcher', async () => {
    for (const pid of [worker.pid, ...(await childrenOf(worker.pid))]) {
      const environ = await readFile(`/proc/${pid}/environ`, 'utf8');
      expect(environ).toContain('PATH=');
      expect(environ).not.toMatch(/hush|DATABASE_URL|postgres:/);
    }
  });
});

async function childrenOf(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  const pids = text.trim().split(' ').filter(Boolean);
  expect(pids, 'its launcher').not.toEqual([]);
  return pids;
}

function listFiles(pid: number): string {
  return execFileSync('ls', ['-l', `/proc/${pid}/fd`], { encoding: 'utf8' });
}
