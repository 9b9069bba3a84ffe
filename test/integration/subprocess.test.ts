/** Tests that a program runs within its limits, that each end is reported, and that no level of isolation leaves a process. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import {
  type Isolation,
  NO_ISOLATION,
  probeIsolation,
  withoutNamespaces,
} from '../../src/checker/isolation.js';
import { type RunOptions, runSubprocess } from '../../src/checker/run-subprocess.js';
import { distPath } from '../../src/platform/process/package-root.js';
import { runModule } from '../helpers/compiled.js';
import { isRoot, put, tempFolder } from '../unit/inputs/checkout-files.js';

const ENVIRONMENT = process.env;
const strongest = await probeIsolation(ENVIRONMENT);
const USERS = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--kill-child=KILL'];
const DEATH_SIGNAL = ['setpriv', '--no-new-privs', '--pdeathsig', 'KILL'];
/** Each level that this host allows; as root, also the one that other users get. */
const LEVELS: { readonly name: string; readonly isolation: Isolation }[] = [
  { name: strongest.level, isolation: strongest },
  ...(isRoot && strongest.level === 'namespaces'
    ? [
        {
          name: 'namespaces, with users',
          isolation: {
            level: strongest.level,
            prefix: [...DEATH_SIGNAL, ...USERS, 'timeout', '--foreground', '0'],
          },
        },
      ]
    : []),
  ...(strongest.level === 'namespaces'
    ? [
        {
          name: 'death-signal',
          isolation: await withoutNamespaces(strongest, ENVIRONMENT),
        },
      ]
    : []),
  { name: 'timeout', isolation: { level: 'timeout', prefix: ['timeout', '-k', '5'] } },
  { name: 'none', isolation: NO_ISOLATION },
];

function run(argv: readonly string[], options: Partial<RunOptions> = {}) {
  const isolation = NO_ISOLATION;
  return runSubprocess({
    argv,
    cwd: '/',
    environment: ENVIRONMENT,
    isolation,
    timeoutMs: 20_000,
    ...options,
  });
}

function sh(script: string, options: Partial<RunOptions> = {}) {
  return run(['sh', '-c', script], options);
}

/** Whether a process runs; a zombie, which its parent has not collected yet, has ended. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** A number on a program's command line, by which the test finds it in any namespace. */
let marks = 0;
function mark(): { readonly seconds: string; pids(): number[] } {
  marks += 1;
  const seconds = `${600 + marks}.${process.pid}`;
  return { seconds, pids: () => findByArgument(seconds).filter(isAlive) };
}

function findByArgument(text: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(Number.isInteger)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(text);
      } catch {
        return false;
      }
    });
}

async function until(what: () => boolean): Promise<void> {
  for (let left = 250; !what(); left -= 1) {
    if (left === 0) throw new Error('It did not come about within five seconds.');
    await delay(20);
  }
}

test('when a program ends by itself, then the result has its code and both streams', async () => {
  expect(await sh('echo out; echo err >&2; exit 7')).toMatchObject({
    code: 7,
    signal: null,
    why: 'exited',
    stdout: { head: 'out\n', tail: '', truncated: false },
    stderr: { head: 'err\n' },
  });
});

test('a program gets its arguments as they are, without a shell', async () => {
  const args = ['$HOME', '; exit 3', '*', '"'];
  const result = await run([process.execPath, '-p', 'JSON.stringify(process.argv.slice(1))', '--', ...args]);
  expect(JSON.parse(result.stdout.head)).toEqual(args);
});

test('a program gets a short list of variables, and no secret', async () => {
  const environment = {
    PATH: process.env['PATH'],
    HOME: '/home/x',
    LC_ALL: 'C',
    TZ: 'UTC',
    DATABASE_URL: 'postgres://user:secret@host/db',
    DOI_TOKEN: 'secret',
    NODE_OPTIONS: '--require ./x',
    LC_ALL_SECRET: 'x',
  };
  const result = await run(['env'], { environment });
  const names = result.stdout.head
    .trim()
    .split('\n')
    .map((line) => line.split('=')[0]);
  expect(names.sort()).toEqual(['HOME', 'LC_ALL', 'PATH', 'TZ']);
});

test('a program starts in the given folder, with standard input closed', async () => {
  const cwd = tempFolder();
  expect((await sh('cat; pwd', { cwd })).stdout.head).toBe(`${cwd}\n`);
});

test('an end by a signal is reported as such, and not as a code', async () => {
  expect(await sh('kill -SEGV $$')).toMatchObject({ code: null, signal: 'SIGSEGV', why: 'exited' });
  expect(await sh('exit 139')).toMatchObject({ code: 139, signal: null });
});

test('an output up to the limit is kept whole', async () => {
  const script = 'process.stdout.write("x".repeat(4e6))';
  const result = await run([process.execPath, '-e', script], { maxBytes: 4e6 });
  expect(result).toMatchObject({ code: 0, why: 'exited', stdout: { truncated: false } });
  expect(result.stdout.head.length).toBe(4e6);
});

test.each(['', '>&2'])(
  'a program that floods a stream is ended, and head and tail are kept (%j)',
  async (where) => {
    const result = await sh(`{ echo first; yes; } ${where}`, { maxBytes: 1e6 });
    expect(result.why).toBe('flooded');
    const { head, tail, truncated } = where === '' ? result.stdout : result.stderr;
    expect(truncated).toBe(true);
    expect(head).toMatch(/^first\ny\n/);
    expect(tail).toMatch(/y\n/);
    expect(head.length + tail.length).toBeLessThanOrEqual(2 * 65_536);
  },
);

test('an exit in time counts, although this process was too busy to receive it in time', async () => {
  const running = sh('sleep 0.1; exit 3', { timeoutMs: 400 });
  const began = performance.now();
  while (performance.now() - began < 1500);
  expect(await running).toMatchObject({ why: 'exited', code: 3 });
});

test('a flood just before the exit counts too', async () => {
  const script = 'process.stdout.write("x".repeat(60000))';
  expect(await run([process.execPath, '-e', script], { maxBytes: 50_000 })).toMatchObject({ why: 'flooded' });
});

test('a program or a folder that is not there is a host problem', async () => {
  await expect(run(['/no/such/program'])).rejects.toMatchObject({ code: 'checker_missing' });
  await expect(sh('true', { cwd: '/no/such/folder' })).rejects.toMatchObject({ code: 'checker_missing' });
});

test('too many open files are a host problem, for a program and for a read', () => {
  const script = `
    import { openSync } from 'node:fs';
    import { safeReadText } from ${JSON.stringify(distPath('checkout/read-inside.js'))};
    import { runSubprocess } from ${JSON.stringify(distPath('checker/run-subprocess.js'))};
    try { for (;;) openSync('/dev/null'); } catch (error) { console.log(error.code); }
    try { safeReadText(${JSON.stringify(process.cwd())}, 'package.json'); } catch (error) { console.log(error.code); }
    const isolation = { level: 'none', prefix: [] };
    const options = { argv: ['true'], cwd: '/', environment: process.env, isolation, timeoutMs: 9000 };
    await runSubprocess(options).catch((error) => console.log(error.code ?? error.stack));
    process.exit();`;
  const limited = ['-c', 'ulimit -n 64; exec "$@"', 'sh', process.execPath, '--input-type=module', '--eval'];
  const printed = execFileSync('sh', [...limited, script], { encoding: 'utf8' });
  expect(printed.trim().split('\n')).toEqual(['EMFILE', 'host_exhausted', 'host_exhausted']);
});

test('when its signal was aborted before, then no program starts', async () => {
  const result = await sh('true', { signal: AbortSignal.abort() });
  expect(result).toMatchObject({ why: 'not-started', code: null });
});

test('the strongest level that is found can run programs', async () => {
  expect(await run(['sh', '-c', 'exit 2'], { isolation: strongest })).toMatchObject({
    code: 2,
    why: 'exited',
  });
  // Without the programs that isolation needs, there is no level.
  expect(await probeIsolation({ PATH: tempFolder() })).toEqual(NO_ISOLATION);
});

test('when namespaces are left out, then the death signal takes their place, and a weaker level stays', async () => {
  const { level } = await withoutNamespaces(strongest, ENVIRONMENT);
  expect(level).toBe(strongest.level === 'namespaces' ? 'death-signal' : strongest.level);
  expect(await withoutNamespaces(NO_ISOLATION, ENVIRONMENT)).toBe(NO_ISOLATION);
  // Without the programs that the death signal needs, the stronger level is used.
  expect(await withoutNamespaces(strongest, { PATH: tempFolder() })).toBe(strongest);
});

const RIGHTS =
  'id -u; grep -c "^Cap...:.0*$" /proc/self/status; grep NoNewPrivs /proc/self/status; ls /proc | grep -c "^[0-9]"';

test.skipIf(strongest.level !== 'namespaces')(
  'at the strongest level a program has no capability, and finds no process but its own',
  async () => {
    const { stdout } = await sh(RIGHTS, { isolation: strongest });
    // Five sets of capabilities. The processes: the first, the shell, and the two of the last command.
    expect(stdout.head).toBe('0\n5\nNoNewPrivs:\t1\n4\n');
  },
);

test.skipIf(!isRoot)(
  'when root names another user, then a program runs as that user at every level',
  async () => {
    const user = { uid: 65_533, gid: 65_533, isKnown: false };
    for (const { isolation } of LEVELS.filter(({ name }) => name !== 'namespaces, with users')) {
      const { stdout } = await sh('id -u; id -G; grep CapEff /proc/self/status', { isolation, user });
      expect(stdout.head).toBe('65533\n65533\nCapEff:\t0000000000000000\n');
    }
  },
);

for (const { name, isolation } of LEVELS) {
  const { level } = isolation;

  test(`a program that hangs is ended by TERM after its time (${name})`, async () => {
    const { seconds, pids } = mark();
    // The grace time is longer than this test, so only TERM can have ended it.
    const result = await sh(`sleep ${seconds} & sleep ${seconds}`, {
      isolation,
      timeoutMs: 300,
      graceMs: 60_000,
    });
    expect(result.why).toBe('timed-out');
    expect(result.ms).toBeGreaterThanOrEqual(290);
    await until(() => pids().length === 0);
  });

  test(`a program that ignores TERM is ended by KILL, with its children (${name})`, async () => {
    const { seconds, pids } = mark();
    const script = `trap '' TERM; sleep ${seconds} & while :; do sleep ${seconds}; done`;
    const result = await sh(script, { isolation, timeoutMs: 300, graceMs: 200 });
    expect(result.why).toBe('timed-out');
    await until(() => pids().length === 0);
  });

  test(`a program that may be the first of its namespace is ended too, with its children (${name})`, async () => {
    const { seconds, pids } = mark();
    const limits = { isolation, timeoutMs: 300, graceMs: 200, mayBeFirst: true };
    const result = await sh(`sleep ${seconds} & sleep ${seconds}`, limits);
    expect(result.why).toBe('timed-out');
    await until(() => pids().length === 0);
  });

  test(`when the signal is aborted during the run, then the program is ended (${name})`, async () => {
    const controller = new AbortController();
    const { seconds, pids } = mark();
    const running = sh(`sleep ${seconds}`, { isolation, signal: controller.signal });
    await until(() => pids().length > 0);
    controller.abort();
    expect((await running).why).toBe('aborted');
    await until(() => pids().length === 0);
  });

  test(`after a normal exit no process is left (${name})`, async () => {
    const { seconds, pids } = mark();
    const result = await sh(`sleep ${seconds} & exit 0`, { isolation });
    expect(result).toMatchObject({ code: 0, why: 'exited' });
    await until(() => pids().length === 0);
  });

  test(`a run ends although a grandchild in a session of its own holds the output (${name})`, async () => {
    const { seconds, pids } = mark();
    onTestFinished(() => {
      for (const pid of pids()) process.kill(pid, 'SIGKILL');
    });
    const result = await sh(`setsid sleep ${seconds} & sleep 0.2; echo done`, { isolation });
    expect(result).toMatchObject({ code: 0, why: 'exited', stdout: { head: 'done\n' } });
    // Only namespaces end a process that left the session; the test holds that of the other levels too.
    if (level === 'namespaces') await until(() => pids().length === 0);
    else expect(pids().length).toBe(1);
  });
}

const survivors: Record<string, string> = {
  namespaces: 'setsid sleep MARK & sleep MARK & exec sleep MARK',
  'death-signal': 'exec sleep MARK',
};
const other = { uid: 65_533, gid: 65_533, isKnown: false };
const killed: { name: string; isolation: Isolation; user?: typeof other }[] = LEVELS.flatMap((one) => [
  one,
  // A change of the user clears the death signal.
  ...(isRoot && one.name !== 'namespaces, with users'
    ? [{ ...one, name: `${one.name}, as another user`, user: other }]
    : []),
]);
for (const { name, isolation, user } of killed.filter((one) => one.isolation.level in survivors)) {
  test(`when the worker itself is killed, then no process is left (${name})`, async () => {
    const { seconds, pids } = mark();
    const script = (survivors[isolation.level] ?? '').replaceAll('MARK', seconds);
    const options = { argv: ['sh', '-c', script], cwd: '/', isolation, user, timeoutMs: 600_000 };
    const worker = runModule(`
      import { runSubprocess } from ${JSON.stringify(distPath('checker/run-subprocess.js'))};
      await runSubprocess({ ...${JSON.stringify(options)}, environment: process.env });`);
    await until(() => pids().length >= script.split(seconds).length - 1);
    worker.child.kill('SIGKILL');
    await worker.done;
    await until(() => pids().length === 0);
  });
}

test('a worker can end as soon as its run has ended, although a grandchild lives on', async () => {
  const file = put(tempFolder(), 'script.sh', 'setsid sleep 3 & sleep 0.1');
  const options = { argv: ['sh', file], cwd: '/', isolation: NO_ISOLATION, timeoutMs: 60_000 };
  const worker = runModule(`
    import { runSubprocess } from ${JSON.stringify(distPath('checker/run-subprocess.js'))};
    const { why } = await runSubprocess({ ...${JSON.stringify(options)}, environment: process.env });
    console.log(why);`);
  expect(await worker.done).toMatchObject({ code: 0, stdout: 'exited\n' });
});
