/** How a run of the property is set from outside, and what it must have seen to prove anything. */
import { expect } from 'vitest';
import { HARMLESS, withoutDifference } from './steps.js';
import type { Tally } from './tally.js';

/** A number from a variable of the environment. */
export function takeNumber(name: string, otherwise: number): number {
  const text = process.env[name];
  if (text === undefined || text === '') return otherwise;
  if (!/^\d{1,10}$/.test(text)) throw new Error(`${name} is "${text}", and not a whole number.`);
  return Number(text);
}

/** A run in which all reads are stale, or nothing differs, or nothing is kept, holds whatever is wrong. */
export function expectProof(tally: Tally): void {
  expect(withoutDifference(tally)).toEqual([]);
  expect([...HARMLESS].filter((kind) => tally.differencesOf(kind) > 0)).toEqual([]);
  expect(tally.differences).toBeGreaterThan(tally.steps / 5);
  expect(tally.freshReads).toBeGreaterThan(tally.steps / 4);
  expect(tally.keptVerdicts).toBeGreaterThan(tally.steps);
  expect(tally.ends.get('fresh')).toBeGreaterThan(0);
  // A checker that breaks, and a checkout that is gone from its mount.
  expect([...tally.ends.keys()]).toEqual(
    expect.arrayContaining(['failed: checker_crashed', 'failed: mount_missing']),
  );
}
