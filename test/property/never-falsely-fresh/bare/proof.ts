/** What a run of the property for bare repositories must have seen to prove anything, and that it finds a planted fault. */
import { expect } from 'vitest';
import { takeNumber } from '../settings.js';
import type { Tally } from '../tally.js';
import { BARE_FAULTS } from './faults.js';
import { BareViolation, runBareProperty } from './run.js';
import { STEP_KINDS } from './steps.js';

/** Of 1,000 steps or more. */
export function expectBareProof(tally: Tally): void {
  expect(STEP_KINDS.filter((kind) => !tally.kinds.has(kind))).toEqual([]);
  expect(tally.differences).toBeGreaterThan(tally.steps / 10);
  expect(tally.freshReads).toBeGreaterThan(tally.steps / 4);
  expect(tally.keptVerdicts).toBeGreaterThan(tally.steps / 4);
  expect([...tally.ends.keys()]).toEqual(
    expect.arrayContaining(['fresh', 'written', 'failed: objects_unreadable', 'failed: branch_missing']),
  );
}

const STEPS = 1_000;

/**
 * Plants a fault, and expects the property to find it within its steps.
 * @param usual the seed unless another is wanted: always the same one, since how soon a fault is found is a matter of luck
 */
export async function expectBareFault(name: string, usual = 20_261_129): Promise<void> {
  const seed = takeNumber('DOI_PROPERTY_SEED', usual);
  const fault = BARE_FAULTS[name];
  if (fault === undefined) throw new Error(`No fault is called "${name}".`);
  const end = await runBareProperty({ seed, steps: STEPS, fault }).then(
    (tally) => `nothing: ${tally.describe()}`,
    (error: unknown) => error,
  );
  if (!(end instanceof BareViolation)) throw end instanceof Error ? end : new Error(String(end));
  const [what = ''] = end.message.split('\n');
  console.log(`${name}: ${what}`);
  expect(what).toMatch(/^(?:falsely fresh|an evaluation differs|it was judged at another|a failure changed)/);
}
