import { expect, it } from 'vitest';
import { SingleFlightCache } from '../../../src/reader/single-flight-cache.js';

/** Answers whose ends a test decides, by a clock that it moves. */
function makeRemembered() {
  const ends: { resolve: (text: string) => void; reject: (error: Error) => void }[] = [];
  const clock = { now: 0 };
  const make = () => new Promise<string>((resolve, reject) => ends.push({ resolve, reject }));
  const cache = new SingleFlightCache<string>(1000, () => clock.now);
  return { ends, clock, get: (key = 'one') => cache.get(key, make) };
}

it('an answer being made is shared, however long it takes, and is kept for a while', async () => {
  const { ends, clock, get } = makeRemembered();
  const first = get();
  clock.now = 5000;
  const second = get();
  expect(ends).toHaveLength(1);
  ends[0]?.resolve('made');
  expect(await Promise.all([first, second])).toEqual(['made', 'made']);
  clock.now = 5999;
  expect(await get()).toBe('made');
  clock.now = 6000;
  const third = get();
  expect(ends).toHaveLength(2);
  ends[1]?.resolve('made again');
  expect(await third).toBe('made again');
});

it('another key has another answer', async () => {
  const { ends, get } = makeRemembered();
  const both = [get('one'), get('other')];
  for (const [index, end] of ends.entries()) end.resolve(String(index));
  expect(await Promise.all(both)).toEqual(['0', '1']);
});

it('an error reaches all callers that waited, and no later one', async () => {
  const { ends, get } = makeRemembered();
  const calls = [get(), get()];
  ends[0]?.reject(new Error('broke'));
  for (const call of calls) await expect(call).rejects.toThrow('broke');
  const next = get();
  ends[1]?.resolve('well');
  expect(await next).toBe('well');
});
