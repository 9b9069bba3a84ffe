/** Tests of probes a thread for each device: what hangs on one holds up no other. */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { MountTable } from '../../../src/checkout/mounts.js';
import { CheckoutProber } from '../../../src/inputs/probe/checkout-prober.js';
import { distPath } from '../../../src/platform/process/package-root.js';
import { AbandonableThread } from '../../../src/platform/threads/abandonable-thread.js';
import { compiledUrl } from '../../helpers/compiled.js';
import { makeFifo, put, tempFolder } from './checkout-files.js';

const MOUNTS = `1 0 8:1 / / rw - ext4 /dev/sda1 rw
2 1 0:40 / /mnt/nas\\040one rw shared:2 - nfs4 nas:/x rw
3 1 8:2 / /home rw - xfs /dev/sdb rw
4 2 0:41 / /mnt/nas\\040one/deep rw - fuse.sshfs host: rw
5 1 0:40 /sub /bound rw shared:2 - nfs4 nas:/x rw
`;

/** The code of a thread whose answer to a target is what `body` says; `target` is in scope. */
function entry(body: string): string {
  const library = JSON.stringify(distPath('platform/threads/serve-tasks.js'));
  return put(
    tempFolder(),
    'entry.mjs',
    `import { existsSync, openSync } from 'node:fs';
     import { serveTasks } from ${library};
     const hang = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
     serveTasks(({ target }) => { ${body} });`,
  );
}

const ANSWERS = 'return { seen: target.path, realPath: null };';
const HANGS = `if (target.path.endsWith('hang')) hang(); ${ANSWERS}`;
const LONG = { timeoutMs: 20_000 };
const SHORT = { timeoutMs: 100 };
const SKIPPED = { failed: expect.stringContaining('probes it again later'), code: 'probe_timed_out' };

function proberOf(body: string, mounts = MOUNTS): CheckoutProber {
  const made = new CheckoutProber({ entry: entry(body), mountinfo: put(tempFolder(), 'mountinfo', mounts) });
  onTestFinished(() => made.close());
  return made;
}

const probe = async (prober: CheckoutProber, path: string, options = LONG) =>
  (await prober.probe([{ id: path, host: 'h', path }], options)).get(path);

test('a path lies on the mount with the longest name before it, and one file system has one number wherever it is mounted', () => {
  const file = put(tempFolder(), 'mountinfo', MOUNTS);
  const table = new MountTable(file);
  expect(table.mountOf('/mnt/nas one')).toBeUndefined();
  table.refresh(0);
  const nas = { device: '0:40', isRemote: true };
  expect(table.mountOf('/mnt/nas one')).toEqual(nas);
  expect(table.mountOf('/mnt/nas one/repo/')).toEqual(nas);
  expect(table.mountOf('/bound/repo')).toEqual(nas);
  expect(table.mountOf('/mnt/nas one/deep/repo')).toEqual({ device: '0:41', isRemote: true });
  const root = { device: '8:1', isRemote: false };
  for (const path of ['/mnt/nas onetwo', '/', '/homes/repo', '', 'home'])
    expect(table.mountOf(path)).toEqual(root);
  expect(table.mountOf('/home/repo')).toEqual({ device: '8:2', isRemote: false });
});

test('a mount over another one counts, from the next time that the list is read', () => {
  const folder = tempFolder();
  let now = 0;
  const table = new MountTable(put(folder, 'mountinfo', MOUNTS), () => now);
  table.refresh(1000);
  put(folder, 'mountinfo', `${MOUNTS}6 3 0:50 / /home rw - nfs nas:/home rw\n`);
  now = 999;
  table.refresh(1000);
  expect(table.mountOf('/home/repo')).toEqual({ device: '8:2', isRemote: false });
  now = 1000;
  table.refresh(1000);
  expect(table.mountOf('/home/repo')).toEqual({ device: '0:50', isRemote: true });
});

test('when the system does not list its mounts, then everything is one device', () => {
  const table = new MountTable(join(tempFolder(), 'gone'));
  table.refresh(0);
  expect(table.mountOf('/home/repo')).toBeUndefined();
});

test.runIf(process.platform === 'linux')(
  'the number of a mount is the one that the kernel has for its files',
  () => {
    const table = new MountTable();
    table.refresh(0);
    for (const path of ['/proc', '/dev/shm']) {
      const { dev } = statSync(path);
      // As glibc's major() and minor() have it.
      const [major, minor] = [(dev >> 8) & 0xfff, (dev & 0xff) | ((dev >> 12) & 0xfff00)];
      expect(table.mountOf(path)?.device).toBe(`${major}:${minor}`);
    }
  },
);

test('when one device hangs, then checkouts on another one are probed', async () => {
  const under = proberOf(HANGS);
  const hung = probe(under, '/mnt/nas one/hang');
  for (let n = 0; n < 100; n += 1)
    expect(await probe(under, `/home/${n}`)).toMatchObject({ seen: `/home/${n}` });
  expect(under.stuckThreads).toBe(0);
  await under.close();
  expect(await hung).toMatchObject({ failed: 'The thread was closed.' });
});

test('a hung device among those of one call delays none of the others', async () => {
  const under = proberOf(HANGS);
  const paths = ['/mnt/nas one/hang', '/mnt/nas one/b', '/home/a', '/c'];
  const outcomes = await under.probe(
    paths.map((path) => ({ id: path, host: 'h', path })),
    SHORT,
  );
  expect(outcomes.get('/mnt/nas one/hang')).toMatchObject({ code: 'probe_timed_out' });
  expect(outcomes.get('/mnt/nas one/b')).toMatchObject(SKIPPED);
  for (const path of ['/home/a', '/c']) expect(outcomes.get(path)).toMatchObject({ seen: path });
});

test('when a remote device hung, then it is skipped wherever it is mounted, and no other device is', async () => {
  const under = proberOf(HANGS);
  expect(await probe(under, '/mnt/nas one/hang', SHORT)).toMatchObject({ code: 'probe_timed_out' });
  expect(await probe(under, '/bound/b')).toMatchObject(SKIPPED);
  for (const path of ['/mnt/nas one/deep/b', '/home/b']) {
    expect(await probe(under, path)).toMatchObject({ seen: path });
  }
});

test('devices are probed at the same time', async () => {
  const fifo = join(tempFolder(), 'fifo');
  makeFifo(fifo);
  // Each end waits for the other one.
  const under = proberOf(`openSync(${JSON.stringify(fifo)}, target.path === '/a' ? 'r' : 'w'); ${ANSWERS}`);
  const both = await Promise.all([probe(under, '/a'), probe(under, '/home/b')]);
  expect(both).toMatchObject([{ seen: '/a' }, { seen: '/home/b' }]);
  expect(under.threads).toBe(2);
});

test('many devices share a few threads, and devices that are probed one after the other need one', async () => {
  const devices = Array.from({ length: 40 }, (_, n) => `/m${n}`);
  const lines = devices.map((point, n) => `9 1 9:${n} / ${point} rw - ext4 /dev/sd${n} rw\n`);
  const under = proberOf(HANGS, lines.join(''));
  for (const device of devices) await probe(under, `${device}/a`);
  expect(under.threads).toBe(1);
  const paths = devices.flatMap((device) => [`${device}/a`, `${device}/b`]);
  const targets = paths.map((path) => ({ id: path, host: 'h', path }));
  const outcomes = await under.probe([...targets, { id: 'hang', host: 'h', path: '/m0/hang' }], SHORT);
  for (const path of paths) expect(outcomes.get(path)).toMatchObject({ seen: path });
  expect(under.threads).toBeLessThanOrEqual(8);
  await under.close();
  expect((await under.probe(targets, LONG)).get('/m39/a')).toMatchObject({
    failed: 'The thread was closed.',
  });
});

test('when a path was found to lead to another device, then it is probed with that device', async () => {
  const folder = tempFolder();
  const flag = join(folder, 'hangs');
  const real = "target.path.startsWith('/home/link') ? '/mnt/nas one/repo' : null";
  const under = proberOf(
    `if (target.path === '/home/link' && existsSync(${JSON.stringify(flag)})) hang();
     return { seen: target.path, realPath: ${real} };`,
  );
  for (const path of ['/home/link', '/home/link2'])
    expect(await probe(under, path)).toMatchObject({ seen: path });
  put(folder, 'hangs');
  const hung = probe(under, '/home/link', SHORT);
  expect(await probe(under, '/home/other')).toMatchObject({ seen: '/home/other' });
  expect(await hung).toMatchObject({ failed: expect.stringContaining('did not answer in time') });
  // Every path that leads there is skipped with it, and no neighbour of the link.
  expect(await probe(under, '/home/link2')).toMatchObject(SKIPPED);
  expect(await probe(under, '/bound/x')).toMatchObject(SKIPPED);
  expect(await probe(under, '/home/other')).toMatchObject({ seen: '/home/other' });
});

test('when a new path leads to a hung device, then it delays its neighbours only until its time is over', async () => {
  const under = proberOf(HANGS);
  const hung = probe(under, '/home/hang', SHORT);
  expect(await probe(under, '/home/other')).toMatchObject({ seen: '/home/other' });
  expect(await hung).toMatchObject({ code: 'probe_timed_out' });
  expect(await probe(under, '/home/hang', SHORT)).toMatchObject({ code: 'probe_timed_out' });
  expect(await probe(under, '/home/hang')).toMatchObject(SKIPPED);
});

test('a thread that is idle for long is ended, and started again when it is needed', async () => {
  const thread = new AbandonableThread(entry('return target.id;'), { idleMs: 20 });
  onTestFinished(() => thread.close());
  const run = () => thread.run([{ target: { id: 1 } }], LONG);
  for (let n = 0; n < 2; n += 1) {
    expect(await run()).toEqual([{ answer: 1 }]);
    await expect.poll(() => thread.isStarted, { interval: 5 }).toBe(false);
  }
  await expect.poll(() => thread.stuck, { interval: 5 }).toBe(0);
});

/** Mounts a FUSE file system whose server says nothing at `$1`, and runs Node with the script `$3`. */
const MOUNT_AND_RUN = `exec 3<>/dev/fuse &&
  mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 none "$1" &&
  exec "$2" --input-type=module --eval "$3"`;

function runWithHungMount(folder: string, script: string) {
  const argv = ['--user', '--map-root-user', '--mount', 'sh', '-c', MOUNT_AND_RUN, 'sh', folder];
  return spawnSync('unshare', [...argv, process.execPath, script], { encoding: 'utf8', timeout: 25_000 });
}

const mayMount = runWithHungMount('/mnt', '').status === 0;

test.runIf(mayMount)(
  'a real file system that does not answer delays no other, and not the end of the process',
  () => {
    const folder = tempFolder();
    put(folder, 'hung/.keep');
    put(folder, 'fine/SCOPE.md');
    const { stdout, stderr, signal } = runWithHungMount(
      join(folder, 'hung'),
      `import { CheckoutProber } from ${JSON.stringify(compiledUrl('inputs/probe/checkout-prober.js'))};
     const prober = new CheckoutProber();
     const probe = async (path, timeoutMs) =>
       (await prober.probe([{ id: 'r', host: 'h', path: ${JSON.stringify(folder)} + path }], { timeoutMs })).get('r');
     const began = performance.now();
     const hung = probe('/hung/repo', 4000);
     for (let n = 0; n < 100; n += 1) {
       if ((await probe('/fine', 20000)).checkout.state !== 'present') throw new Error('not seen');
     }
     const tookMs = performance.now() - began;
     const [first, next] = [await hung, await probe('/hung/other', 4000)];
     console.log(JSON.stringify({ tookMs, codes: [first.code, next.code], stuck: prober.stuckThreads }));
     await prober.close();
     process.exit();`,
    );
    const { tookMs, ...seen } = JSON.parse(stdout);
    expect(seen).toEqual({ codes: ['probe_timed_out', 'probe_timed_out'], stuck: 1 });
    expect(tookMs).toBeLessThan(4000);
    expect(stderr).toContain('ends by SIGKILL, since 1 file system call(s) never returned');
    expect(signal).toBe('SIGKILL');
  },
);
