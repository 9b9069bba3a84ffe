import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { NO_ISOLATION } from '../../src/checker/isolation.js';
import { Launcher } from '../../src/checker/launcher.js';
import type { RunOptions } from '../../src/checker/run-subprocess.js';
import { processesWith, until } from '../e2e/programs.js';
import { compiledUrl, runModule } from '../helpers/compiled.js';

const SECRET = 'postgres://user:secret@host/db';
const environment = { ...process.env, DATABASE_URL: SECRET, NODE_OPTIONS: '--no-warnings' };
/** Nothing of a check runs so long after its worker was killed, held at five times that. */
const GONE_MS = 25_000;

const open = new Set<Launcher>();
afterEach(async () => {
  await Promise.all([...open].map((one) => one.close()));
  open.clear();
});

function launcher(lateMs?: number): Launcher {
  const made = new Launcher(environment, lateMs);
  open.add(made);
  return made;
}

function shell(script: string, change: Partial<RunOptions> = {}): RunOptions {
  const argv = ['sh', '-c', script];
  return { argv, cwd: '/', environment, isolation: NO_ISOLATION, timeoutMs: 20_000, ...change };
}

const isThere = (pids: readonly string[]) => pids.length > 0;
const isGone = (pids: readonly string[]) => pids.length === 0;

/** A number of seconds that names one sleeper among all processes. */
const sleeper = () => `6${Math.floor(Math.random() * 1e9)}.${process.pid}`;

test('runs programs side by side, each with its own end, output and folder', async () => {
  const { run } = launcher();
  const [failed, killed, late] = await Promise.all([
    run(shell('pwd; echo oops >&2; exit 3')),
    run(shell('kill -TERM $$')),
    run(shell(`sleep ${sleeper()}`, { timeoutMs: 200 })),
  ]);
  expect(failed).toMatchObject({ code: 3, signal: null, why: 'exited' });
  expect([failed.stdout.head, failed.stderr.head]).toEqual(['/\n', 'oops\n']);
  expect(killed).toMatchObject({ code: null, signal: 'SIGTERM', why: 'exited' });
  expect(late).toMatchObject({ why: 'timed-out' });
});

test('hands on what a program may know and no more, and has no more itself', async () => {
  const one = launcher();
  const { stdout } = await one.run(shell(`env; tr '\\0' '\\n' < /proc/${'$PPID'}/environ`));
  expect(stdout.head).toContain('PATH=');
  expect(stdout.head).not.toMatch(/secret|NODE_OPTIONS/);
});

test('says why a program could not be started', async () => {
  const { run } = launcher();
  const missing = run({ ...shell(''), argv: ['/no/such/program'] });
  await expect(missing).rejects.toMatchObject({
    code: 'checker_missing',
    message: expect.stringContaining('/no/such/program'),
  });
});

test('begins nothing under a signal that is aborted, and ends what is aborted', async () => {
  const { run } = launcher();
  expect(await run(shell('true', { signal: AbortSignal.abort() }))).toMatchObject({ why: 'not-started' });
  const controller = new AbortController();
  const seconds = sleeper();
  const running = run(shell(`sleep ${seconds}`, { signal: controller.signal }));
  await until(() => processesWith(seconds), isThere);
  controller.abort();
  expect(await running).toMatchObject({ why: 'aborted' });
  await until(() => processesWith(seconds), isGone, GONE_MS);
});

test('that breaks fails what it was running, and the next program runs all the same', async () => {
  const one = launcher();
  const running = one.run(shell('kill -KILL $PPID; sleep 1'));
  await expect(running).rejects.toMatchObject({
    code: 'evaluation_broken',
    message: expect.stringContaining('SIGKILL'),
  });
  expect(await one.run(shell('exit 2'))).toMatchObject({ code: 2 });
});

test('that does not answer any more is given up, and the next program runs all the same', async () => {
  const one = launcher(300);
  const running = one.run(shell('kill -STOP $PPID; exec sleep 1', { timeoutMs: 200 }));
  await expect(running).rejects.toMatchObject({ code: 'evaluation_broken' });
  expect(await one.run(shell('exit 2'))).toMatchObject({ code: 2 });
});

test('leaves it to its owner what a signal to all of them means', async () => {
  const one = launcher();
  await one.run(shell('true'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(one.pid ?? 0, signal);
  expect(await one.run(shell('exit 2'))).toMatchObject({ code: 2 });
});

test('takes what it runs with it when it is closed', async () => {
  const one = launcher();
  const seconds = sleeper();
  const running = one.run(shell(`trap '' TERM; sleep ${seconds}; sleep ${seconds}`));
  await until(() => processesWith(seconds), isThere);
  const ended = expect(running).rejects.toMatchObject({ code: 'evaluation_broken' });
  await one.close();
  await ended;
  await until(() => processesWith(seconds), isGone, GONE_MS);
});

test('takes what it runs with it when its owner is killed, without any isolation', async () => {
  const seconds = sleeper();
  const mark = randomUUID();
  // Its own time is not up before the test's.
  const long = shell(`: ${mark}; sleep ${seconds} & sleep ${seconds}`, { timeoutMs: 600_000 });
  const options = { ...long, environment: {} };
  const owner = runModule(`
    import { Launcher } from ${JSON.stringify(compiledUrl('checker/launcher.js'))};
    await new Launcher(process.env).run(${JSON.stringify({ ...options, environment: { PATH: process.env['PATH'] } })});`);
  await until(
    () => processesWith(seconds),
    (pids) => pids.length >= 2,
  );
  owner.child.kill('SIGKILL');
  await until(() => processesWith(seconds), isGone, GONE_MS);
});

test('does not keep its owner alive while it runs nothing', async () => {
  const owner = runModule(`
    import { Launcher } from ${JSON.stringify(compiledUrl('checker/launcher.js'))};
    const options = ${JSON.stringify({ ...shell('echo done'), environment: {} })};
    const result = await new Launcher({}).run({ ...options, argv: ['/bin/sh', '-c', 'echo done'] });
    console.log(result.stdout.head.trim());`);
  expect(await owner.done).toMatchObject({ code: 0, stdout: 'done\n' });
});
