import { expect, it } from 'vitest';
import { startLimit } from '../../../src/platform/fair-limit.js';

it('ends after its time', async () => {
  const began = performance.now();
  await new Promise<void>((resolve) => startLimit(50, resolve));
  expect(performance.now() - began).toBeGreaterThanOrEqual(45);
});

it('does not count time in which this process itself was late', async () => {
  let isOver = false;
  const stop = startLimit(200, () => {
    isOver = true;
  });
  for (const end = performance.now() + 300; performance.now() < end; );
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(isOver).toBe(false);
  stop();
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(isOver).toBe(false);
});
