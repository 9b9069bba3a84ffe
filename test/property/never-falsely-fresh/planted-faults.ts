/** The faults that are planted to show that the property finds them: inputs left out, versions that say too little, results kept. */
import { expect } from 'vitest';
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
/** Only for a checkout without files, of which there are few, does the folder alone show that it is gone. */
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

/** Plants a fault, and expects the property to find it within its steps. */
export async function expectFound(name: string): Promise<void> {
  const planted = FAULTS[name];
  if (planted === undefined) throw new Error(`No fault is called "${name}".`);
  const fault = planted.plant();
  const often = planted.often ?? OFTEN[fault.leavesOut ?? 'repo'] ?? [];
  const { rule, number, kind } = await findViolation(fault, often);
  console.log(`${name}: ${rule} at step ${number} of seed ${seed} (${kind})`);
  // That something reads stale for ever would be a fault too, but not this one.
  expect(['falsely fresh', 'an evaluation differs from a full one']).toContain(rule);
}

interface Planted {
  readonly plant: () => Fault;
  /** Kinds of steps without which the fault makes no difference. */
  readonly often?: readonly StepKind[];
}

/** All faults, by what is wrong. */
export const FAULTS: Readonly<Record<string, Planted>> = {
  ...Object.fromEntries(
    VERSIONED_KEYS.map((key) => [`the input ${key} is left out`, { plant: () => leaveOut(key) }]),
  ),
  'a file is the same as long as its mtime is': { plant: () => MTIME_ONLY },
  'an absent file is the same whatever is there instead': {
    plant: () => ABSENT_ALIKE,
    often: ['create', 'delete'],
  },
  'a result of the checker is kept although workplans moved while it ran': {
    plant: () => NOT_PROBED_AFTER_THE_CHECK,
  },
  'another folder that stood for the checkout is not noticed': { plant: () => NO_PATH_IDENTITY },
  'a digest is made of a text that was read before': { plant: rememberTexts },
  'a digest is made of a row that was read before': { plant: rememberRows },
};
