import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../../src/platform/clock.js';
import type { RepositoryToWake } from '../../../src/producer/wake-homes.js';
import { WakeUpBuffer } from '../../../src/producer/wake-up-buffer.js';
import { makeGate } from '../../integration/queue/signals.js';

function open(
  send: (wanted: readonly RepositoryToWake[]) => Promise<void>,
  sleep: Clock['sleep'] = async () => {},
) {
  const lines: { msg: string }[] = [];
  const log = pino({}, { write: (line) => void lines.push(JSON.parse(line)) });
  return { later: new WakeUpBuffer({ log, clock: { sleep }, send }), lines };
}

const one = (repoId: string, priority = 2): RepositoryToWake[] => [{ repoId, priority }];

describe('waking later', () => {
  it('sends what comes while a call is under way by one more call, each repository once and most urgent', async () => {
    const calls: (readonly RepositoryToWake[])[] = [];
    const [began, gate, done] = [makeGate(), makeGate(), makeGate()];
    const { later } = open(async (wanted) => {
      calls.push(wanted);
      if (calls.length === 2) done.open();
      began.open();
      await gate.opened;
    });
    later.add(one('a'));
    await began.opened;
    for (let round = 0; round < 1000; round += 1) later.add([...one('b', 2), ...one('c', 5), ...one('b', 1)]);
    // Whatever would begin now has had its turn.
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(calls).toHaveLength(1);
    gate.open();
    await done.opened;
    expect(calls).toEqual([one('a'), [...one('b', 1), ...one('c', 5)]]);
    await later.close();
    expect(later.counts).toEqual({ sent: 3, failed: 0 });
  });

  it('begins after the turn of the event loop in which it was added', async () => {
    let calls = 0;
    const { later } = open(async () => {
      calls += 1;
    });
    later.add(one('a'));
    await Promise.resolve();
    expect(calls).toBe(0);
    await later.close();
    expect(calls).toBe(1);
  });

  it('when a call fails, then it retries with all that came meanwhile, and logs that once', async () => {
    const calls: (readonly RepositoryToWake[])[] = [];
    const pauses = [makeGate(), makeGate()];
    const sent = makeGate();
    const { later, lines } = open(
      async (wanted) => {
        calls.push(wanted);
        if (calls.length < 3) throw new Error('away');
        sent.open();
      },
      async () => pauses[calls.length - 1]?.opened,
    );
    later.add(one('a', 5));
    await expect.poll(() => calls.length).toBe(1);
    later.add([...one('b'), ...one('a', 1)]);
    pauses[0]?.open();
    pauses[1]?.open();
    await sent.opened;
    expect(calls).toEqual([one('a', 5), [...one('a', 1), ...one('b')], [...one('a', 1), ...one('b')]]);
    await later.close();
    expect(later.counts).toEqual({ sent: 2, failed: 3 });
    expect(lines.map(({ msg }) => msg)).toEqual([
      expect.stringMatching(/could not be sent/),
      expect.stringMatching(/sent again/),
    ]);
  });

  it('when it is closed, then it logs what it could not send', async () => {
    const failed = makeGate();
    const { later, lines } = open(async () => {
      failed.open();
      throw new Error('away');
    }, systemClock.sleep);
    later.add(one('a'));
    await failed.opened;
    await later.close();
    expect(lines.at(-1)?.msg).toMatch(/before the end/);
  });

  it('is closed within a limit while a call hangs, and takes no more', async () => {
    const { later, lines } = open(() => new Promise(() => {}));
    later.add(one('a'));
    const began = performance.now();
    await later.close();
    // Two seconds are given, held at five times that.
    expect(performance.now() - began).toBeLessThan(10_000);
    later.add(one('b'));
    expect(lines).toHaveLength(1);
  });
});
