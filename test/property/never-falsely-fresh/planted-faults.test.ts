/** The property finds what is planted: an input that is left out, a version that says too little, a result that is kept. */
import { describe, expect, test } from 'vitest';
import { VERSIONED_KEYS, type VersionedKey } from '../../../src/domain/input.js';
import {
  ABSENT_ALIKE,
  type Fault,
  leaveOut,
  MTIME_ONLY,
  NO_PATH_IDENTITY,
  NOT_PROBED_AFTER_THE_CHECK,
  rememberRows,
  rememberTexts,
} from './faults.js';
import { runProperty } from './run.js';
import { takeNumber } from './settings.js';
import type { StepKind } from './steps.js';
import { Violation } from './violation.js';

// Always the same one, unless another is wanted: how soon a fault is found is a matter of luck.
const seed = takeNumber('DOI_PROPERTY_SEED', 20_260_320);
/** As many as `npm test` makes without a fault. */
const STEPS = 1_000;
/** Only a checkout without files, of which there are few, is told to be gone by the folder alone. */
const OFTEN: Readonly<Partial<Record<VersionedKey, readonly StepKind[]>>> = {
  checkout: ['folder renamed away'],
};

async function findViolation(fault: Fault, often: readonly StepKind[]): Promise<Violation> {
  try {
    const tally = await runProperty({ seed, steps: STEPS, checkouts: 10, isReal: false, fault, often });
    throw new Error(`Nothing was found with seed ${seed}: ${tally.describe()}`);
  } catch (error) {
    if (error instanceof Violation) return error;
    throw error;
  }
}

async function expectFound(
  name: string,
  fault: Fault,
  often: readonly StepKind[] = OFTEN[fault.leavesOut ?? 'repo'] ?? [],
): Promise<void> {
  const { rule, number, kind } = await findViolation(fault, often);
  console.log(`${name}: ${rule} at step ${number} of seed ${seed} (${kind})`);
  // That something reads stale for ever would be a fault too, but not this one.
  expect(['falsely fresh', 'an evaluation differs from a full one']).toContain(rule);
}

describe('an input that is left out is found', { timeout: 300_000 }, () => {
  test.each(VERSIONED_KEYS)('%s', (key) => expectFound(key, leaveOut(key)));
});

describe('another fault is found', { timeout: 300_000 }, () => {
  test.each<[string, () => Fault, StepKind[]?]>([
    ['a file is the same as long as its mtime is', () => MTIME_ONLY],
    ['an absent file is the same whatever is there instead', () => ABSENT_ALIKE, ['create', 'delete']],
    [
      'a result of the checker is kept although workplans moved while it ran',
      () => NOT_PROBED_AFTER_THE_CHECK,
    ],
    ['another folder that stood for the checkout is not noticed', () => NO_PATH_IDENTITY],
    ['a digest is made of a text that was read before', rememberTexts],
    ['a digest is made of a row that was read before', rememberRows],
  ])('%s', (name, plant, often) => expectFound(name, plant(), often));
});
