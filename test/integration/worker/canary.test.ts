import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkCanary } from '../../../src/checker/canary.js';
import { openWorld, type World } from '../../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld('canary');
});
afterAll(() => world.close());

const signal = new AbortController().signal;

it('the built-in checker finds no fault in the canary', async () => {
  let seen: unknown;
  await checkCanary(async (checkout) => {
    expect(existsSync(`${checkout.path}/workplans`)).toBe(true);
    seen = await world.deps.check(checkout, signal);
  });
  expect(seen).toMatchObject({ findings: [] });
});

it('the canary leaves no file behind, however its check ends', async () => {
  const paths: string[] = [];
  await checkCanary(async ({ path }) => void paths.push(path));
  const breaking = checkCanary(async ({ path }) => {
    paths.push(path);
    throw new Error('It broke.');
  });
  await expect(breaking).rejects.toThrow('It broke.');
  expect(paths).toHaveLength(2);
  expect(paths.filter((path) => existsSync(path))).toEqual([]);
});
