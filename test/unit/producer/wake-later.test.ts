import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { Wanted } from '../../../src/producer/wake-homes.js';
import { WakeLater } from '../../../src/producer/wake-later.js';
import { makeGate } from '../../integration/queue/signals.js';

function open(send: (wanted: readonly Wanted[]) => Promise<void>) {
  const lines: { msg: string; lost?: number }[] = [];
  const log = pino({}, { write: (line) => void lines.push(JSON.parse(line)) });
  return { later: new WakeLater({ log, send }), lines };
}

const one = (repoId: string, priority = 2): Wanted[] => [{ repoId, priority }];

describe('waking later', () => {
  it('sends what comes while a call is under way by one more call, each repository once and most urgent', async () => {
    const calls: (readonly Wanted[])[] = [];
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

  it('begins after the turn in which it was asked to', async () => {
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

  it('says once that it fails and once that it works again, and counts', async () => {
    let fails = true;
    let sent = makeGate();
    const { later, lines } = open(async () => {
      setImmediate(() => sent.open());
      if (fails) throw new Error('away');
    });
    for (const repoId of ['a', 'b', 'c']) {
      sent = makeGate();
      later.add(one(repoId));
      await sent.opened;
    }
    fails = false;
    sent = makeGate();
    later.add(one('d'));
    await sent.opened;
    expect(later.counts).toEqual({ sent: 1, failed: 3 });
    expect(lines.map(({ msg, lost }) => ({ msg, lost }))).toEqual([
      { msg: expect.stringMatching(/not sent/), lost: 1 },
      { msg: expect.stringMatching(/sent again/), lost: 3 },
    ]);
    await later.close();
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
