/** Never falsely fresh where bare repositories and mirrors are judged: random steps on real repositories, and planted faults. */
import { expect, test } from 'vitest';
import { expectBareFault, expectBareProof } from './bare/proof.js';
import { runBareProperty } from './bare/run.js';
import { takeNumber } from './settings.js';

const seed = takeNumber('DOI_PROPERTY_SEED', Math.floor(Math.random() * 0x7fff_ffff));
const steps = takeNumber('DOI_PROPERTY_STEPS', 1_000);
const TIMEOUT_MS = Math.max(300_000, steps * 300);

test(`in ${steps} steps of seed ${seed} no commit that differs from the judged one reads fresh`, {
  timeout: TIMEOUT_MS,
}, async () => {
  const tally = await runBareProperty({ seed, steps });
  console.log(`Seed ${seed}: ${tally.describe()}`);
  expect(tally.steps).toBe(steps);
  if (steps >= 1_000) expectBareProof(tally);
});

test.each([
  'the commit of a mirror is not compared with that of the contact',
  'what a commit holds is kept by its branch',
])('when %s, then the property finds it', { timeout: TIMEOUT_MS }, (name) =>
  // By this seed both are found within ten steps.
  expectBareFault(name, 5),
);
