/** Tests of the threads: what hangs is abandoned alone, what breaks is reported, nothing keeps the process. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { CheckoutLoader } from '../../../src/inputs/load/checkout-loader.js';
import { CheckoutProber } from '../../../src/inputs/probe/checkout-prober.js';
import { distPath } from '../../../src/platform/process/package-root.js';
import { runModule } from '../../helpers/compiled.js';
import { makeFifo, put, tempFolder } from './checkout-files.js';

/** A thread whose answer to a target is what `body` says; `target` is in scope. */
function entry(body: string, imports = ''): string {
  const library = JSON.stringify(distPath('platform/threads/serve-tasks.js'));
  return put(
    tempFolder(),
    'entry.mjs',
    `${imports}
     import { readFileSync } from 'node:fs';
     import { serveTasks } from ${library};
     const step = serveTasks(({ target, options }) => { ${body} });`,
  );
}

const WAITS = `if (target.id === 'hang') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  return { seen: target.id, realPath: null };`;

function prober(options: ConstructorParameters<typeof CheckoutProber>[0]): CheckoutProber {
  const made = new CheckoutProber(options);
  onTestFinished(() => made.close());
  return made;
}

function targets(...ids: string[]) {
  return ids.map((id) => ({ id, host: 'h', path: `/${id}` }));
}

const LONG = { timeoutMs: 20_000 };
const SHORT = { timeoutMs: 100 };

test('probes many checkouts in a thread, an outcome for each', async () => {
  const root = tempFolder();
  put(root, 'SCOPE.md');
  const many = Array.from({ length: 300 }, (_, index) => ({ id: `${index}`, host: 'h', path: root }));
  const outcomes = await prober({}).probe(many, LONG);
  expect(outcomes.size).toBe(300);
  for (const outcome of outcomes.values()) expect(outcome).toMatchObject({ checkout: { state: 'present' } });
});

test('a target that hangs fails alone; those before and after it are answered, though the thread has another chance', async () => {
  const under = prober({ entry: entry(WAITS) });
  const outcomes = await under.probe(targets('a', 'b', 'hang', 'c'), SHORT);
  expect(outcomes.get('hang')).toMatchObject({ failed: expect.any(String), code: 'probe_timed_out' });
  for (const id of ['a', 'b', 'c']) expect(outcomes.get(id)).toMatchObject({ seen: id });
});

test('when a remote device hung, then it is skipped for 30 s, probed again, and skipped for longer', async () => {
  let now = 0;
  const mountinfo = put(tempFolder(), 'mountinfo', '1 0 0:40 / / rw - nfs4 nas:/x rw\n');
  const under = prober({ entry: entry(WAITS), now: () => now, mountinfo });
  const probe = async () => {
    const outcome = (await under.probe(targets('hang'), SHORT)).get('hang');
    return outcome !== undefined && 'failed' in outcome && outcome.failed;
  };
  const hung = 'The file system of the checkout did not answer in time.';
  expect(await probe()).toBe(hung);
  now = 29_999;
  expect(await probe()).toMatch(/probes it again later/);
  now = 30_000;
  expect(await probe()).toBe(hung);
  now = 89_999;
  expect(await probe()).toMatch(/probes it again later/);
  now = 90_000;
  expect(await probe()).toBe(hung);
});

test('when a local file system hung twice in a row, then it is skipped, for 5 s at first', async () => {
  let now = 0;
  const under = prober({ entry: entry(WAITS), now: () => now });
  const probe = async (id = 'hang') => {
    const outcome = (await under.probe(targets(id), SHORT)).get(id);
    return outcome !== undefined && 'failed' in outcome && outcome.failed;
  };
  expect(await probe()).toBe(LATE);
  expect([await probe(), await probe()]).toEqual([expect.stringMatching(/not answer in time/), SKIPPED]);
  now = 4_999;
  expect(await probe()).toBe(SKIPPED);
  now = 5_000;
  expect(await probe()).toMatch(/not answer in time/);
  expect(await probe('fine')).toBe(false);
});

test('when only the head hangs, then the checkout is probed without it, and the head is skipped for 30 s', async () => {
  let now = 0;
  const body = `const head = options.head ? {} : null;
    if (options.head && target.id === 'hang') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    return { seen: target.id, realPath: null, head };`;
  const mountinfo = put(tempFolder(), 'mountinfo', '1 0 8:1 / / rw - ext4 /dev/sda1 rw\n');
  const under = prober({ entry: entry(body), now: () => now, mountinfo });
  const probe = async () => {
    const outcomes = await under.probe(targets('a', 'hang', 'b'), { ...SHORT, head: true });
    for (const id of ['a', 'b']) expect(outcomes.get(id)).toMatchObject({ seen: id, head: {} });
    expect(outcomes.get('hang')).toMatchObject({ seen: 'hang', head: null });
    return under.stuckThreads;
  };
  await probe();
  now = 29_999;
  const began = performance.now();
  await probe();
  expect(performance.now() - began).toBeLessThan(5 * 100);
  now = 30_000;
  await probe();
});

test('a configuration that takes long to read leaves the head unknown, and the versions known', async () => {
  const [root, own] = [tempFolder(), tempFolder()];
  put(root, '.git', `gitdir: ${own}\n`);
  put(own, 'config', `[a]\n${'k\n'.repeat(131_000)}`);
  const target = { id: 'a', host: 'h', path: root };
  const under = prober({});
  for (let n = 0; n < 3; n += 1) {
    const outcome = (await under.probe([target], { ...SHORT, head: true })).get('a');
    expect(outcome).toMatchObject({ checkout: { state: 'present' } });
  }
  expect(under.stuckThreads).toBe(0);
});

const LATE = 'The checkout was not read in time: it is large, or this host or its file system is slow.';
const SKIPPED =
  'The file system of the checkout did not answer a short while ago; this process probes it again later.';
// A step a millisecond, for as long as the target's id says.
const CRAWLS = `
  for (const end = performance.now() + Number(target.id); performance.now() < end; ) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    step();
  }
  return { seen: target.id, realPath: null };`;

test('when a probe makes progress, then it is late when its time is over, never hung, and its thread is kept', async () => {
  const under = prober({ entry: entry(CRAWLS) });
  for (let n = 0; n < 3; n += 1) {
    const outcomes = await under.probe(targets('1', '60000', '2'), SHORT);
    expect(outcomes.get('60000')).toMatchObject({ failed: LATE, code: 'probe_timed_out' });
    for (const id of ['1', '2']) expect(outcomes.get(id)).toMatchObject({ seen: id });
  }
  expect(under.stuckThreads).toBe(0);
});

test('when this process is late itself, then no thread counts as hung', async () => {
  // It goes without a step for four times its limit, of which this process stands still for three.
  const body = `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 800); return { seen: target.id, realPath: null };`;
  const mountinfo = put(tempFolder(), 'mountinfo', '1 0 0:40 / / rw - nfs4 nas:/x rw\n');
  const under = prober({ entry: entry(body), mountinfo });
  await under.probe(targets('a'), LONG);
  const probed = under.probe(targets('b'), { timeoutMs: 500 });
  await new Promise((resolve) => setTimeout(resolve, 20));
  for (const end = performance.now() + 600; performance.now() < end; );
  expect((await probed).get('b')).toMatchObject({ seen: 'b' });
});

test('a checkout that was slow the last time delays only other slow ones', async () => {
  const under = prober({ entry: entry(CRAWLS) });
  await under.probe(targets('200'), LONG);
  let isAnswered = false;
  const slow = under.probe(targets('200', '200'), LONG).finally(() => {
    isAnswered = true;
  });
  for (const id of ['1', '2'])
    expect((await under.probe(targets(id), LONG)).get(id)).toMatchObject({ seen: id });
  expect(isAnswered).toBe(false);
  await slow;
  expect(under.threads).toBe(2);
});

test('a thread that hangs in the kernel blocks neither the others nor the end of the process', async () => {
  const fifo = join(tempFolder(), 'fifo');
  makeFifo(fifo);
  const body = `if (target.id === 'hang') readFileSync(${JSON.stringify(fifo)}); return { seen: target.id, realPath: null };`;
  const under = prober({ entry: entry(body) });
  const outcomes = await under.probe(targets('hang', 'next'), SHORT);
  expect(outcomes.get('next')).toMatchObject({ seen: 'next' });
  expect(under.stuckThreads).toBe(1);
  await under.close();
  // Lets the stuck thread go, or this process could not end.
  await (await open(fifo, 'w')).close();
});

test('a thread that breaks fails the target it was at, and the rest goes on', async () => {
  const body = `if (target.id === 'bad') process.exit(3); return { seen: target.id, realPath: null };`;
  const outcomes = await prober({ entry: entry(body) }).probe(targets('a', 'bad', 'b'), LONG);
  expect(outcomes.get('bad')).toMatchObject({
    failed: 'The thread broke: it ended with code 3.',
    code: 'evaluation_broken',
  });
  expect(outcomes.get('a')).toMatchObject({ seen: 'a' });
  expect(outcomes.get('b')).toMatchObject({ seen: 'b' });
});

test('an error inside one target fails that target, with its message', async () => {
  const body = `if (target.id === 'bad') throw new Error('boom'); return { seen: target.id, realPath: null };`;
  const outcomes = await prober({ entry: entry(body) }).probe(targets('bad', 'b'), LONG);
  expect(outcomes.get('bad')).toMatchObject({
    failed: expect.stringContaining('boom'),
    code: 'evaluation_broken',
  });
  expect(outcomes.get('b')).toMatchObject({ seen: 'b' });
});

test('a thread that cannot be loaded fails every target, and is not started for ever', async () => {
  const broken = put(tempFolder(), 'entry.mjs', 'throw new Error("cannot load");');
  const outcomes = await prober({ entry: broken }).probe(targets('a', 'b'), LONG);
  for (const id of ['a', 'b']) {
    expect(outcomes.get(id)).toMatchObject({
      failed: expect.stringContaining('cannot load'),
      code: 'internal',
    });
  }
});

test('callers share the thread without mixing their answers', async () => {
  const under = prober({ entry: entry(WAITS) });
  const all = await Promise.all([
    under.probe(targets('a', 'hang'), SHORT),
    under.probe(targets('b', 'c'), SHORT),
  ]);
  expect([...(all[1]?.values() ?? [])]).toMatchObject([{ seen: 'b' }, { seen: 'c' }]);
  expect(all[0]?.get('a')).toMatchObject({ seen: 'a' });
});

test('after the end everything fails at once', async () => {
  const under = prober({ entry: entry(WAITS) });
  const open = under.probe(targets('hang'), LONG);
  await under.close();
  expect((await open).get('hang')).toMatchObject({ failed: 'The thread was closed.' });
  expect((await under.probe(targets('a'), LONG)).get('a')).toMatchObject({
    failed: 'The thread was closed.',
  });
});

test('a process with an idle prober ends by itself, and one that waits for an answer does not', async () => {
  const module = JSON.stringify(distPath('inputs/probe/checkout-prober.js'));
  const program = runModule(`
    import { CheckoutProber } from ${module};
    const prober = new CheckoutProber();
    const found = await prober.probe([{ id: 'a', host: 'h', path: '/' }], { timeoutMs: 20000 });
    console.log(found.get('a').checkout.state);`);
  expect(await program.done).toMatchObject({ code: 0, stdout: 'present\n' });
});

test('the loader hands values over, and errors with their code', async () => {
  const root = tempFolder();
  put(root, 'SCOPE.md', 'text');
  const loader = new CheckoutLoader();
  onTestFinished(() => loader.close());
  const target = { id: 'r', host: 'h', path: root };
  const loaded = await loader.load(target, ['SCOPE.md'], LONG);
  expect(loaded['SCOPE.md']?.value).toEqual({ state: 'present', text: 'text' });
  const errors = JSON.stringify(distPath('domain/errors.js'));
  const throwing = entry(
    `throw new DoiError('file_unreadable', 'found', 'do');`,
    `import { DoiError } from ${errors};`,
  );
  const breaking = new CheckoutLoader({ entry: throwing });
  onTestFinished(() => breaking.close());
  await expect(breaking.load(target, ['SCOPE.md'], LONG)).rejects.toMatchObject({
    code: 'file_unreadable',
    message: 'found',
    remedy: 'do',
  });
});

test('a load that breaks is a failure of its checkout, and one that cannot begin is a host problem', async () => {
  const load = async (file: string) => {
    const loader = new CheckoutLoader({ entry: file });
    onTestFinished(() => loader.close());
    return loader.load({ id: 'r', host: 'h', path: '/r' }, [], LONG);
  };
  await expect(load(entry(`throw new TypeError('boom');`))).rejects.toMatchObject({
    code: 'evaluation_broken',
    cause: { stack: expect.stringContaining('entry.mjs') },
  });
  await expect(load(entry('process.exit(3);'))).rejects.toMatchObject({ code: 'evaluation_broken' });
  const broken = put(tempFolder(), 'entry.mjs', 'throw new Error("cannot load");');
  await expect(load(broken)).rejects.toMatchObject({ code: 'internal' });
});

test('an error in a thread is reported without its stack, which shows paths', async () => {
  const under = prober({ entry: entry(`throw new TypeError('boom');`) });
  const outcome = (await under.probe(targets('a'), LONG)).get('a');
  expect(outcome).toMatchObject({
    failed: 'The checkout could not be probed: boom.',
    code: 'evaluation_broken',
  });
  expect(outcome).toMatchObject({ cause: { stack: expect.stringContaining('entry.mjs') } });
});

test('a load that hangs on one device delays none on another one', async () => {
  const loader = new CheckoutLoader({ entry: entry(WAITS), deviceOf: ({ id }) => id });
  onTestFinished(() => loader.close());
  const [hang, next] = targets('hang', 'next');
  const hung = expect(loader.load(hang!, [], LONG)).rejects.toMatchObject({ code: 'internal' });
  expect(await loader.load(next!, [], LONG)).toMatchObject({ seen: 'next' });
  await loader.close();
  await hung;
});

test('when a load hangs, then it times out, and the next one is served', async () => {
  const loader = new CheckoutLoader({ entry: entry(WAITS) });
  onTestFinished(() => loader.close());
  const [hang, next] = targets('hang', 'next');
  await expect(loader.load(hang!, [], SHORT)).rejects.toMatchObject({ code: 'walk_timed_out' });
  expect(await loader.load(next!, [], LONG)).toMatchObject({ seen: 'next' });
});
