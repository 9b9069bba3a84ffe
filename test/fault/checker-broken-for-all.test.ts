import { appendFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { HostAnswer } from '../../src/api/hosts.js';
import type { ReportAnswer } from '../../src/api/report.js';
import { until } from '../e2e/programs.js';
import { openWorkerWorld, type WorkerWorld } from './worker-world.js';

const SLUGS = Array.from({ length: 6 }, (_, index) => `repo-${index}`);
/** What the worker's own small checkout is called. */
const CANARY = 'canary';

let ours: WorkerWorld;
beforeEach(async () => {
  ours = await openWorkerWorld('for-all');
  for (const slug of SLUGS) {
    await ours.world.add(slug, { 'SCOPE.md': '# Scope\n', 'workplans/README.md': 'Plans.\n' });
  }
}, 240_000);
afterEach(() => ours.close());

const readAll = () => Promise.all(SLUGS.map((slug) => ours.world.read(slug)));
const isFresh = ({ stale, failure, refresh }: ReportAnswer) => !stale && failure === null && refresh === null;
const allBecomeFresh = () => until(readAll, (answers) => answers?.every(isFresh) ?? false, 180_000);
const hostProblem = async () => {
  const [host] = await ours.world.sql<{ trouble: HostAnswer['trouble'] }[]>`select trouble from doi_host`;
  return host?.trouble ?? undefined;
};
const edit = (file: string, text: string) =>
  Promise.all(SLUGS.map((slug) => ours.world.write(slug, file, text)));

it.each([
  ['hangs', 'sleep 600', 'checker_timed_out', '2'],
  ['floods', 'exec yes', 'checker_flooded', '60'],
])(
  'when the checker %s for every repository, the worker judges each edit without it, and all of them once the checker is replaced',
  async (_, script, code, limit) => {
    ours.startWorker({ ...ours.env, DOI_CHECK_TIMEOUT: limit });
    await allBecomeFresh();
    for (const slug of [...SLUGS, CANARY]) await ours.behaves(slug, script);
    const before = await readAll();
    await edit('workplans/README.md', 'Other plans.\n');
    expect(await until(hostProblem, (said) => said !== undefined, 180_000)).toMatchObject({
      code: 'checker_broken',
    });

    await edit('SCOPE.md', '# Scope\n\n## One-liner\nEdited.\n');
    const isJudged = ({ evaluation }: ReportAnswer) => evaluation?.ran.join() === 'C5,C11';
    const after = await until(readAll, (answers) => answers?.every(isJudged) ?? false, 180_000);
    for (const [index, answer] of after.entries()) {
      expect(answer.stale_reasons.map(({ input }) => input)).toEqual(['workplans']);
      for (const id of ['C7', 'C13'])
        expect(answer.evaluation?.judged_at[id]).toBe(before[index]?.evaluation?.judged_at[id]);
    }
    const failed = after.flatMap(({ failure }) => failure ?? []);
    expect(failed.map((failure) => failure.code)).toEqual(Array.from({ length: 5 }, () => code));

    for (const slug of SLUGS) await ours.behaves(slug);
    await appendFile(ours.checker, '# repaired\n');
    await allBecomeFresh();
    expect(await until(hostProblem, (said) => said === undefined)).toBeUndefined();
  },
  300_000,
);
