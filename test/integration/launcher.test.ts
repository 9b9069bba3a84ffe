import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { NO_ISOLATION } from '../../src/checker/isolation.js';
import { Launcher } from '../../src/checker/launcher.js';
import type { RunOptions } from '../../src/checker/run-subprocess.js';
import { processesWith, until } from '../e2e/programs.js';
import { compiledUrl, runModule } from '../helpers/compiled.js';

const SECRET = 'postgres://user:secret@host/db';
const environment = { ...process.env, DATABASE_URL: SECRET, NODE_OPTIONS: '--no-warnings' };
/** How long a program may run after its worker was killed: five times what is promised. */
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

test('the launcher runs programs side by side, each with its own end, output and folder', async () => {
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

test('neither the launcher nor a program gets any other than the listed variables', async () => {
  const one = launcher();
  const { stdout } = await one.run(shell(`env; tr '\\0' '\\n' < /proc/${'$PPID'}/environ`));
  expect(stdout.head).toContain('PATH=');
  expect(stdout.head).not.toMatch(/secret|NODE_OPTIONS/);
});

test('when a program cannot be started, then the run says why', async () => {
  const { run } = launcher();
  const missing = run({ ...shell(''), argv: ['/no/such/program'] });
  await expect(missing).rejects.toMatchObject({
    code: 'checker_missing',
    message: expect.stringContaining('/no/such/program'),
  });
});

test('a signal that was aborted before starts no program, and one that is aborted later ends it', async () => {
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

test('when the launcher breaks, then its runs fail, and the next program runs', async () => {
  const one = launcher();
  const running = one.run(shell('kill -KILL $PPID; sleep 1'));
  await expect(running).rejects.toMatchObject({
    code: 'evaluation_broken',
    message: expect.stringContaining('SIGKILL'),
  });
  expect(await one.run(shell('exit 2'))).toMatchObject({ code: 2 });
});

test('when the launcher stops answering, then its run fails, and the next program runs', async () => {
  const one = launcher(300);
  const running = one.run(shell('kill -STOP $PPID; exec sleep 1', { timeoutMs: 200 }));
  await expect(running).rejects.toMatchObject({ code: 'evaluation_broken' });
  expect(await one.run(shell('exit 2'))).toMatchObject({ code: 2 });
});

test('the launcher ignores signals to the whole group, which its worker handles', async () => {
  const one = launcher();
  await one.run(shell('true'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(one.pid ?? 0, signal);
  expect(await one.run(shell('exit 2'))).toMatchObject({ code: 2 });
});

test('when the launcher is closed, then its programs end', async () => {
  const one = launcher();
  const seconds = sleeper();
  const running = one.run(shell(`trap '' TERM; sleep ${seconds}; sleep ${seconds}`));
  await until(() => processesWith(seconds), isThere);
  const ended = expect(running).rejects.toMatchObject({ code: 'evaluation_broken' });
  await one.close();
  await ended;
  await until(() => processesWith(seconds), isGone, GONE_MS);
});

test('when its worker is killed, then its programs end even without isolation', async () => {
  const seconds = sleeper();
  const mark = randomUUID();
  // Its own time limit is longer than the test.
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

test('while the launcher runs nothing, it does not keep its worker alive', async () => {
  const owner = runModule(`
    import { Launcher } from ${JSON.stringify(compiledUrl('checker/launcher.js'))};
    const options = ${JSON.stringify({ ...shell('echo done'), environment: {} })};
    const result = await new Launcher({}).run({ ...options, argv: ['/bin/sh', '-c', 'echo done'] });
    console.log(result.stdout.head.trim());`);
  expect(await owner.done).toMatchObject({ code: 0, stdout: 'done\n' });
});
