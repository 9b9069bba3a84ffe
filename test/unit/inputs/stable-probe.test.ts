/** Tests of waiting until versions are stable, with a clock that the test moves. */
import { expect, test } from 'vitest';
import { CHECKOUT_KEYS, type CheckoutKey } from '../../../src/domain/input.js';
import type { ProbeOutcome } from '../../../src/inputs/probe/checkout-prober.js';
import { probeCheckout } from '../../../src/inputs/probe/probe-checkout.js';
import { probeStable } from '../../../src/inputs/probe/stable-probe.js';

const START = 1_000_000;

/** A checkout whose SCOPE.md has the ctimes given, probe after probe; a probe takes `probeMs`. */
function scene(ctimes: readonly number[], probeMs = 0) {
  let now = START;
  let probes = 0;
  const slept: number[] = [];
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      slept.push(ms);
      now += ms;
    },
  };
  const probeOnce = async (): Promise<ProbeOutcome> => {
    now += probeMs;
    const ctime = ctimes[Math.min(probes, ctimes.length - 1)] ?? 0;
    probes += 1;
    const none = Object.fromEntries(CHECKOUT_KEYS.map((key) => [key, 0])) as Record<CheckoutKey, number>;
    const empty = probeCheckout({ id: 'r', host: 'h', path: undefined });
    return { ...empty, tookMs: probeMs, newestCtimes: { ...none, 'SCOPE.md': ctime } };
  };
  const run = () => probeStable(probeOnce, clock);
  return { run, slept, count: () => probes };
}

test('when nothing changed for 20 ms, then it takes the first probe', async () => {
  const { run, slept } = scene([START - 20]);
  expect((await run()).unstable.size).toBe(0);
  expect(slept).toEqual([]);
});

test('when an input changed less than 20 ms ago, then it waits for the rest and probes again', async () => {
  const { run, slept, count } = scene([START - 5]);
  expect((await run()).unstable.size).toBe(0);
  expect(slept).toEqual([15]);
  expect(count()).toBe(2);
});

test('when an input is still young after five more probes, then it names that input', async () => {
  const { run, count } = scene([0, 1, 2, 3, 4, 5].map((step) => START - 1 + step * 20));
  expect([...(await run()).unstable]).toEqual(['SCOPE.md']);
  expect(count()).toBe(6);
});

test('when a probe takes long, then it probes once more and no further', async () => {
  const always = Array.from({ length: 9 }, (_, step) => START + (step + 1) * 600);
  const { run, count } = scene(always, 600);
  expect([...(await run()).unstable]).toEqual(['SCOPE.md']);
  expect(count()).toBe(2);
});

test('counts from when a slow probe began, not from when it ended', async () => {
  const { run, count } = scene([START - 1], 40);
  expect((await run()).unstable.size).toBe(0);
  expect(count()).toBe(2);
});

test('a change while a slow probe ran is young', async () => {
  const { run, count } = scene([START + 90], 100);
  await run();
  expect(count()).toBe(2);
});

test('when a time is far in the future, then it does not wait: the clock was set back', async () => {
  const { run, slept } = scene([START + 3_600_000]);
  expect((await run()).unstable.size).toBe(0);
  expect(slept).toEqual([]);
});
