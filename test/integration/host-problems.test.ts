import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { withHostProblems } from '../../src/cli/host-problems.js';
import { plain } from '../../src/cli/terminal.js';
import type { Clock } from '../../src/platform/clock.js';
import { announceHost } from '../../src/store/hosts/heartbeat.js';
import { recordHostProblem } from '../../src/store/hosts/host-problem.js';
import { openTestDatabase, type TestDatabase } from '../helpers/test-database.js';
import { aborted, makeGate } from './queue/signals.js';

let database: TestDatabase;
let said: string[];
beforeAll(async () => {
  database = await openTestDatabase();
});
beforeEach(async () => {
  said = [];
  await database.sql`delete from doi_host`;
  for (const host of ['here', 'there'])
    await announceHost(database.sql, { host, version: '1', capacity: 1, isolation: 'none' });
});
afterAll(() => database.close());

const say = (text: string) => void said.push(text);
const report = (host: string, code: string) =>
  recordHostProblem(database.sql, {
    ...{ host, worker: 'one', silentMs: 60_000 },
    problem: { code, message: 'It is not there.', remedy: 'Install it.', agoMs: 0 },
  });
const run = <T>(sleep: Clock['sleep'], work: () => Promise<T>) => {
  const clock = { now: Date.now, sleep };
  return withHostProblems({ sql: database.sql, observedLimitMs: 60_000, paint: plain, clock, say }, work);
};

describe('while a person waits for evaluations', () => {
  it('each host problem is shown once, with what to do', async () => {
    const reads = [0, 0];
    const gate = makeGate();
    const sleep = async () => {
      reads[said.length === 2 ? 1 : 0]! += 1;
      if (reads[1] === 5) gate.open();
      await setImmediate();
    };
    const work = async () => {
      await report('here', 'checker_missing');
      await report('there', 'host_exhausted');
      await gate.opened;
      return 'done';
    };
    expect(await run(sleep, work)).toBe('done');
    expect(said).toHaveLength(2);
    expect(said.join('\n')).toMatch(
      /Problem on here \(.*, checker_missing\): It is not there\.\n {2}→ Install it\./,
    );
    expect(said.join('\n')).toContain('Problem on there');
  });

  it('a host problem of the last moment is shown too, and the error of the work is thrown', async () => {
    const sleep: Clock['sleep'] = (_ms, signal) => aborted(signal!);
    const work = async () => {
      await report('here', 'checker_broken');
      throw new Error('stopped');
    };
    await expect(run(sleep, work)).rejects.toThrow('stopped');
    expect(said).toHaveLength(1);
  });

  it('the end of a host problem is shown once, and a later problem as a new one', async () => {
    const sleep: Clock['sleep'] = async () => void (await setImmediate());
    const waitFor = async (length: number) => {
      while (said.length < length) await setImmediate();
    };
    await run(sleep, async () => {
      await report('here', 'checker_missing');
      await waitFor(1);
      await recordHostProblem(database.sql, {
        host: 'here',
        worker: 'one',
        silentMs: 60_000,
        problem: undefined,
      });
      await waitFor(2);
      await report('here', 'host_exhausted');
      await waitFor(3);
    });
    expect(said[1]).toBe('The problem on here has ended (checker_missing).');
    expect(said[2]).toContain('host_exhausted');
    expect(said).toHaveLength(3);
  });
});
