import { expect, it } from 'vitest';
import { SharedScrape } from '../../../src/reader/metrics/shared-scrape.js';

/** A scrape whose ends a test decides, by a clock that it moves. */
function makeScrape() {
  const ends: { resolve: (text: string) => void; reject: (error: Error) => void }[] = [];
  const clock = { now: 0 };
  const make = () => new Promise<string>((resolve, reject) => ends.push({ resolve, reject }));
  return { ends, clock, shared: new SharedScrape(make, () => clock.now) };
}

it('one under way is shared, however long it takes, and answers for a second after its end', async () => {
  const { ends, clock, shared } = makeScrape();
  const first = shared.get();
  clock.now = 5000;
  const second = shared.get();
  expect(ends).toHaveLength(1);
  ends[0]?.resolve('one');
  expect(await Promise.all([first, second])).toEqual(['one', 'one']);
  clock.now = 5999;
  expect(await shared.get()).toBe('one');
  clock.now = 6000;
  const third = shared.get();
  expect(ends).toHaveLength(2);
  ends[1]?.resolve('two');
  expect(await third).toBe('two');
});

it('one that broke is told to all who waited for it, and to nobody after', async () => {
  const { ends, shared } = makeScrape();
  const asks = [shared.get(), shared.get()];
  ends[0]?.reject(new Error('broke'));
  for (const ask of asks) await expect(ask).rejects.toThrow('broke');
  const next = shared.get();
  ends[1]?.resolve('well');
  expect(await next).toBe('well');
});
