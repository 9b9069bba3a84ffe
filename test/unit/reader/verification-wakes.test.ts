/** How often clients that only read can wake a host. */
import { expect, it } from 'vitest';
import { VerificationWakes } from '../../../src/reader/verification-wakes.js';

/** Wakes with a clock that moves only by `pass`, and no pauses. `requested`: the slugs, each with its time. */
function open() {
  let now = 0;
  const requested: [string, number][] = [];
  const ends = new Map<string, () => void>();
  const stopping = new AbortController();
  const wakes = new VerificationWakes({
    refreshing: {
      requestVerification: async (slug) => {
        requested.push([slug, now]);
        return slug === 'archived' ? undefined : slug;
      },
      waitForCompletion: (slug) => new Promise((resolve) => ends.set(slug, () => resolve(true))),
    },
    clock: { sleep: async () => {} },
    stopping: stopping.signal,
    now: () => now,
  });
  return { wakes, requested, end: (slug: string) => ends.get(slug)?.(), pass: (ms: number) => (now += ms) };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

it('when a wake-up of a repository is under way, then others join it; after its end there is a new one', async () => {
  const { wakes, requested, end, pass } = open();
  const first = wakes.join('a', 10_000);
  expect(wakes.join('a', 0)).toBe(first);
  await turn();
  end('a');
  expect(await first?.ended).toBe(true);
  pass(1000);
  expect(wakes.join('a', 0)).not.toBe(first);
  await turn();
  expect(requested).toEqual([
    ['a', 0],
    ['a', 1000],
  ]);
});

it('when many repositories are to be verified, then one a second is woken for, and none that would come too late', async () => {
  const { wakes, requested } = open();
  const joined = ['a', 'b', 'c', 'd'].map((slug) => wakes.join(slug, 2000));
  expect(joined.map((wake) => wake?.at)).toEqual([0, 1000, 2000, undefined]);
  await turn();
  expect(requested.map(([slug]) => slug)).toEqual(['a', 'b', 'c']);
});

it('when a repository is not active, then the wake-up ends at once without one', async () => {
  const { wakes } = open();
  expect(await wakes.join('archived', 0)?.ended).toBe(false);
});
