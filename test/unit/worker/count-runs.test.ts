import { expect, it } from 'vitest';
import { NOT_STARTED, type RunEnd, type RunResult } from '../../../src/checker/run-subprocess.js';
import { countRuns } from '../../../src/worker/metrics-recorder.js';

const result = (change: Partial<RunResult>): RunResult => ({
  ...NOT_STARTED,
  ...{ code: 0, why: 'exited', ms: 12 },
  ...change,
});

/** What is counted of a run. */
async function counted(run: () => Promise<RunResult>): Promise<unknown[][]> {
  const calls: unknown[][] = [];
  const counting = countRuns(run, 'checker', { subprocessEnded: (...call) => calls.push(call) });
  await counting({} as never).catch(() => {});
  return calls;
}

it.each<[Partial<RunResult>, string]>([
  [{}, 'exited'],
  [{ code: 70 }, 'exited'],
  [{ code: null, signal: 'SIGSEGV' }, 'signaled'],
  ...(['timed-out', 'flooded', 'aborted'] satisfies RunEnd[]).map((why): [Partial<RunResult>, string] => [
    { code: null, signal: 'SIGTERM', why },
    why,
  ]),
])('a run that ended as %j counts as %s, with its time', async (change, end) => {
  expect(await counted(async () => result(change))).toEqual([['checker', end, 12]]);
});

it('one that never ran counts without a time, and its error is thrown on', async () => {
  expect(await counted(async () => NOT_STARTED)).toEqual([['checker', 'not-started', undefined]]);
  const broke = async () => {
    throw new Error('no such program');
  };
  expect(await counted(broke)).toEqual([['checker', 'failed-to-start']]);
  const counting = countRuns(broke, 'update', { subprocessEnded: () => {} });
  await expect(counting({} as never)).rejects.toThrow('no such program');
});
