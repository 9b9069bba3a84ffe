import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/platform/clock.js';
import { openLog } from '../../../src/platform/log.js';
import { sweepNightly } from '../../../src/worker/run-nightly.js';

/** Runs a nightly job that must stop before its sweep, and records whether it discovered. */
async function run(lead: { readonly why?: Error }) {
  const stop = new AbortController();
  const calls: string[] = [];
  const discover = async () => {
    calls.push('discover');
    stop.abort();
  };
  const clock = { ...systemClock, sleep: async () => {} };
  // No sweep begins, so none of its collaborators is used.
  const deps = { clock, lead } as never;
  const outcome = await sweepNightly({ log: openLog('test', 'silent'), stop, discover }, deps);
  return { calls, outcome };
}

describe('the nightly job', () => {
  it('discovers before it sweeps, and when it has to stop meanwhile, then another worker takes it', async () => {
    expect(await run({})).toEqual({ calls: ['discover'], outcome: 'put-back' });
  });

  it('when the worker must judge nothing, then does not discover', async () => {
    expect(await run({ why: new Error('older release') })).toEqual({ calls: [], outcome: 'put-back' });
  });
});
