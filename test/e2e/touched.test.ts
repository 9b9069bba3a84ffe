import { readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CONTENT_KEYS } from '../../src/domain/input.js';
import { childrenOf, statOf } from '../fault/proc.js';
import { openWorkerWorld, type WorkerWorld } from '../fault/worker-world.js';
import { type Running, until } from './programs.js';

/** A file of each input that is read from a checkout. */
const TOUCHED: readonly (readonly [input: string, file: string])[] = [
  ['SCOPE.md', 'SCOPE.md'],
  ['CLAUDE.md', 'CLAUDE.md'],
  ['tpsc.yaml', 'tpsc.yaml'],
  ['.claude/CLAUDE.md', '.claude/CLAUDE.md'],
  ['.claude/rules', '.claude/rules/agents.md'],
  ['workplans', 'workplans/README.md'],
  ['workplans', 'workplans/archived/README.md'],
];
const SLUG = 'widget';

let ours: WorkerWorld;
let worker: Running;
beforeAll(async () => {
  ours = await openWorkerWorld('touched');
  const files = Object.fromEntries(TOUCHED.map(([, file]) => [file, 'services: []\n']));
  await ours.world.add(SLUG, files);
  worker = ours.startWorker();
  await until(read, ({ stale, refresh }) => !stale && refresh === null, 180_000);
}, 240_000);
afterAll(() => ours.close());

const read = () => ours.world.read(SLUG);
const checks = () => readFile(join(ours.checker, '..', 'starts', SLUG), 'utf8');

/** Page faults of the children that a worker and its launcher have waited for: each program that is run adds to them. */
async function faultsOfChildren(pid: number): Promise<number> {
  const launchers = await childrenOf(pid);
  const stats = await Promise.all([pid, ...launchers.map((each) => Number.parseInt(each, 10))].map(statOf));
  return stats.reduce((sum, stat) => sum + Number(stat?.[8]), 0);
}

it.each(TOUCHED)(
  'A touched file of %s (%s) makes a row stale and fresh again, with no criterion judged and no program run',
  async (input, file) => {
    const [before, checked, faults] = [await read(), await checks(), await faultsOfChildren(worker.pid)];
    expect(faults, 'the checker was run before').toBeGreaterThan(0);
    // Stopped meanwhile, so that it is not fresh again before it was seen to be stale.
    worker.signal('SIGSTOP');
    await utimes(ours.world.path(SLUG, file), 1, 1);
    expect((await read()).stale_reasons.map((reason) => reason.input)).toEqual([input]);
    worker.signal('SIGCONT');
    const after = await until(read, ({ stale, refresh }) => !stale && refresh === null);
    expect(after.fingerprint).not.toBe(before.fingerprint);
    expect(after.evaluation).toMatchObject({ ran: [], changed: [{ input }] });
    expect(after.evaluation?.judged_at).toEqual(before.evaluation?.judged_at);
    expect(after.criteria).toEqual(before.criteria);
    expect(await checks()).toBe(checked);
    expect(await faultsOfChildren(worker.pid)).toBe(faults);
  },
  180_000,
);

it('a changed workplan is noticed by the same measure', async () => {
  const faults = await faultsOfChildren(worker.pid);
  const checked = await checks();
  await ours.world.write(SLUG, 'workplans/README.md', 'Other plans.\n');
  await until(async () => (await checks()) !== checked, Boolean);
  await until(read, ({ stale, refresh }) => !stale && refresh === null);
  expect(await faultsOfChildren(worker.pid)).toBeGreaterThan(faults);
}, 180_000);

it('Every input that is read from a checkout is among these', () => {
  expect(new Set(TOUCHED.map(([input]) => input))).toEqual(new Set(CONTENT_KEYS));
});
