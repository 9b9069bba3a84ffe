import { describe, expect, it } from 'vitest';
import { BatchLoader } from '../../../src/platform/batch-loader.js';
import { makeGate } from '../../integration/queue/signals.js';

describe('a batch loader', () => {
  it('runs the first call at once, and all calls that come meanwhile together', async () => {
    const gate = makeGate();
    const batches: number[][] = [];
    const batcher = new BatchLoader(async (items: readonly number[]) => {
      batches.push([...items]);
      if (batches.length === 1) await gate.opened;
      return items.map((item) => item * 10);
    });
    const results = [1, 2, 3, 4].map((item) => batcher.add(item));
    expect(batches).toEqual([[1]]);
    gate.open();
    expect(await Promise.all(results)).toEqual([10, 20, 30, 40]);
    expect(batches).toEqual([[1], [2, 3, 4]]);
  });

  it('puts no more items into a batch than its limit', async () => {
    const sizes: number[] = [];
    const batcher = new BatchLoader(async (items: readonly number[]) => {
      sizes.push(items.length);
      return items;
    }, 3);
    await Promise.all(Array.from({ length: 8 }, (_, n) => batcher.add(n)));
    expect(sizes).toEqual([1, 3, 3, 1]);
  });

  it('fails the calls of a batch that failed, and goes on', async () => {
    const batcher = new BatchLoader(async (items: readonly number[]) => {
      if (items.includes(2)) throw new Error('no');
      return items;
    });
    const results = await Promise.allSettled([1, 2, 3].map((item) => batcher.add(item)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(await batcher.add(4)).toBe(4);
  });
});
