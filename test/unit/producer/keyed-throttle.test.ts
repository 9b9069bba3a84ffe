import { describe, expect, it } from 'vitest';
import { KeyedThrottle } from '../../../src/producer/keyed-throttle.js';

/** Ids with a clock of their own: sleeping moves it, unless something rings first. */
function open(every: number | ((id: string) => number) = 100) {
  const time = { now: 0, sleeps: [] as number[] };
  const clock = {
    async sleep(ms: number, signal?: AbortSignal) {
      time.sleeps.push(ms);
      // What rings at once goes first.
      await new Promise((resolve) => setImmediate(resolve));
      if (!signal?.aborted) time.now += ms;
    },
  };
  const stop = new AbortController();
  const everyMs = typeof every === 'number' ? () => every : every;
  const ids = new KeyedThrottle({ clock, everyMs, now: () => time.now });
  return { ids, time, stop, take: (max = 100) => ids.take(max, stop.signal) };
}

describe('throttled ids', () => {
  it('can be taken at once the first time, each once however often it was added', async () => {
    const { ids, time, take } = open();
    for (const id of ['a', 'b', 'a']) ids.add(id);
    expect(await take()).toEqual(['a', 'b']);
    expect(time.sleeps).toEqual([]);
  });

  it('can be taken again only after their time, and others meanwhile', async () => {
    const { ids, time, take } = open();
    ids.add('a');
    await take();
    time.now = 30;
    ids.add('a');
    ids.add('b');
    expect(await take()).toEqual(['b']);
    expect(await take()).toEqual(['a']);
    expect(time.now).toBe(100);
  });

  it('give a repository that changes a thousand times a second ten probes a second', async () => {
    const { ids, time, take } = open();
    const probes: number[] = [];
    while (time.now < 1000) {
      ids.add('a');
      await take();
      probes.push(time.now);
      time.now += 1;
    }
    expect(probes).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
  });

  it('that come without an end can be taken ever more rarely, and at once again after a rest', async () => {
    const { ids, time, take } = open();
    const probes: number[] = [];
    while (time.now < 20_000) {
      ids.add('a');
      await take();
      probes.push(time.now);
      time.now += 1;
    }
    const pauses = probes.map((at, index) => at - (probes[index - 1] ?? at)).slice(1);
    expect(pauses.slice(0, 21)).toEqual(Array.from({ length: 21 }, () => 100));
    expect(pauses.slice(21, 28)).toEqual([200, 400, 800, 1600, 2000, 2000, 2000]);
    time.now += 4000;
    for (const began of [time.now, time.now + 100]) {
      ids.add('a');
      await take();
      expect(time.now).toBe(began);
    }
  });

  it('that each have a pause of their own can be taken after that', async () => {
    const { ids, time, take } = open((id) => (id === 'slow' ? 5000 : 100));
    for (const id of ['slow', 'quick']) ids.add(id);
    await take();
    for (const id of ['slow', 'quick']) ids.add(id);
    expect([await take(), time.now]).toEqual([['quick'], 100]);
    expect([await take(), time.now]).toEqual([['slow'], 5000]);
  });

  it('wait for as long as the caller says, or less when they are added again', async () => {
    const { ids, time, take } = open();
    ids.add('a', 5000);
    ids.add('b', 5000);
    ids.add('b');
    expect(await take()).toEqual(['b']);
    expect(await take()).toEqual(['a']);
    expect(time.now).toBe(5000);
  });

  it('are taken as soon as one is added while a caller waits', async () => {
    const { ids, time, take } = open();
    const taken = take();
    ids.add('a');
    expect(await taken).toEqual(['a']);
    expect(time.now).toBe(0);
  });

  it('are taken at most so many at once, and none is lost by it', async () => {
    const { ids, take } = open();
    for (const id of ['a', 'b', 'c']) ids.add(id);
    expect([await take(2), await take(2)]).toEqual([['a', 'b'], ['c']]);
  });

  it('end a wait when the signal aborts', async () => {
    const { ids, stop, take } = open();
    const taken = take();
    stop.abort();
    expect(await taken).toEqual([]);
    ids.add('a');
    expect(await take()).toEqual([]);
  });
});
