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
const trouble = (host: string, code: string) =>
  recordHostProblem(database.sql, {
    ...{ host, worker: 'one', silentMs: 60_000 },
    problem: { code, message: 'It is not there.', remedy: 'Install it.', agoMs: 0 },
  });
const run = <T>(sleep: Clock['sleep'], work: () => Promise<T>) => {
  const clock = { now: Date.now, sleep };
  return withHostProblems({ sql: database.sql, observedLimitMs: 60_000, paint: plain, clock, say }, work);
};

describe('while somebody waits', () => {
  it('each trouble is said once, with what to do', async () => {
    const looks = [0, 0];
    const gate = makeGate();
    const sleep = async () => {
      looks[said.length === 2 ? 1 : 0]! += 1;
      if (looks[1] === 5) gate.open();
      await setImmediate();
    };
    const work = async () => {
      await trouble('here', 'checker_missing');
      await trouble('there', 'host_exhausted');
      await gate.opened;
      return 'done';
    };
    expect(await run(sleep, work)).toBe('done');
    expect(said).toHaveLength(2);
    expect(said.join('\n')).toMatch(
      /Trouble on here \(.*, checker_missing\): It is not there\.\n {2}→ Install it\./,
    );
    expect(said.join('\n')).toContain('Trouble on there');
  });

  it('a trouble of the last moment is said too, and the work ends as it ends', async () => {
    const sleep: Clock['sleep'] = (_ms, signal) => aborted(signal!);
    const work = async () => {
      await trouble('here', 'checker_broken');
      throw new Error('stopped');
    };
    await expect(run(sleep, work)).rejects.toThrow('stopped');
    expect(said).toHaveLength(1);
  });

  it('that a trouble is over is said, once, and another one after it as a new one', async () => {
    const sleep: Clock['sleep'] = async () => void (await setImmediate());
    const waitFor = async (length: number) => {
      while (said.length < length) await setImmediate();
    };
    await run(sleep, async () => {
      await trouble('here', 'checker_missing');
      await waitFor(1);
      await recordHostProblem(database.sql, {
        host: 'here',
        worker: 'one',
        silentMs: 60_000,
        problem: undefined,
      });
      await waitFor(2);
      await trouble('here', 'host_exhausted');
      await waitFor(3);
    });
    expect(said[1]).toBe('The trouble on here is over (checker_missing).');
    expect(said[2]).toContain('host_exhausted');
    expect(said).toHaveLength(3);
  });
});
