import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostAnswer } from '../../src/api/hosts.js';
import { probeIsolation } from '../../src/checker/isolation.js';
import { until } from '../e2e/programs.js';
import { dumpRepository } from '../integration/store/rows.js';
import { openWorkerWorld, type WorkerWorld } from './worker-world.js';

const SLUG = 'widget';
const { level } = await probeIsolation(process.env);

let ours: WorkerWorld;
beforeAll(async () => {
  ours = await openWorkerWorld('program');
  await ours.world.add(SLUG, { 'SCOPE.md': '# Scope\n', 'workplans/README.md': 'Plans.\n' });
  ours.startWorker();
  await becomesFresh();
}, 240_000);
afterAll(() => ours.close());

const read = () => ours.world.read(SLUG);
const becomesFresh = () =>
  until(read, ({ stale, failure, refresh }) => !stale && failure === null && refresh === null, 180_000);
const row = async () => (await dumpRepository(ours.world.sql, await ours.world.id(SLUG)))['doi_cache'];
const hostProblem = async () => {
  const [host] = await ours.world.sql<{ trouble: HostAnswer['trouble'] }[]>`select trouble from doi_host`;
  return host?.trouble ?? undefined;
};
const starts = async () =>
  (await readFile(join(ours.checker, '..', 'starts', SLUG), 'utf8')).split('\n').length;
const staleInputs = async () => (await read()).stale_reasons.map(({ input }) => input);

let edits = 0;
async function edit(): Promise<void> {
  edits += 1;
  await ours.world.write(SLUG, 'workplans/README.md', `Plans, changed ${edits} times.\n`);
}

/** Puts something else in the place of the checker while a repository is to be judged, then the checker again. */
async function replaced(
  by: (path: string) => Promise<unknown>,
  meanwhile: () => Promise<void>,
): Promise<void> {
  const aside = `${ours.checker}-aside`;
  await rename(ours.checker, aside);
  await by(ours.checker);
  const before = await row();
  await edit();
  await meanwhile();
  expect(await row()).toEqual(before);
  expect(await staleInputs()).toEqual(['workplans', 'checker']);
  await rm(ours.checker, { recursive: true, force: true });
  await rename(aside, ours.checker);
  await becomesFresh();
}

describe('a checker that cannot be started', () => {
  it.each([
    ['was deleted', async () => {}],
    ['is a folder', (path: string) => mkdir(path)],
    ['may not be executed', (path: string) => writeFile(path, '#!/bin/sh\n').then(() => chmod(path, 0o644))],
  ])(
    'as it %s is a host problem, counts against no repository, and ends once the checker is there',
    async (_, by) => {
      await replaced(by, async () => {
        const said = await until(hostProblem, (one) => one !== undefined);
        expect(said).toMatchObject({ code: 'checker_missing' });
        expect(said?.message).toContain(ours.checker);
        expect((await read()).failure).toBeNull();
      });
      await until(hostProblem, (one) => one === undefined);
    },
    180_000,
  );

  it.skipIf(level === 'none')(
    'for its first line is a failure that says so',
    async () => {
      await replaced(
        (path) => writeFile(path, '#!/no/such/interpreter\n', { mode: 0o755 }),
        async () => {
          const { failure } = await until(read, (answer) => answer.failure !== null);
          expect(failure).toMatchObject({ code: 'checker_crashed' });
          expect(failure?.message).toMatch(/exited with code 12[67] after .*No such file or directory/s);
        },
      );
    },
    180_000,
  );
});

describe('a checker that changes what it checks', () => {
  it('keeps the row stale as long as it does so, and no longer', async () => {
    await ours.behaves(SLUG, 'date +%s%N >> "$1/workplans/README.md"');
    await edit();
    const [first, began] = [await starts(), performance.now()];
    let reads = 0;
    await until(
      async () => {
        expect(await staleInputs()).toEqual(['workplans']);
        reads += 1;
        return (await starts()) - first;
      },
      (more) => more >= 5,
    );
    const perSecond = (5000 / (performance.now() - began)).toFixed(1);
    console.log(
      `a checker that changes its checkout was run ${perSecond} times a second; ${reads} reads were stale`,
    );
    await ours.behaves(SLUG);
    await becomesFresh();
  }, 180_000);
});
