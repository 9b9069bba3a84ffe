/** Never falsely fresh, as a property: random steps on 50 real checkouts and real rows, the checker's core in process. */
import { expect, test } from 'vitest';
import { runProperty } from './run.js';
import { expectProof, takeNumber } from './settings.js';

const seed = takeNumber('DOI_PROPERTY_SEED', Math.floor(Math.random() * 0x7fff_ffff));
const steps = takeNumber('DOI_PROPERTY_STEPS', 1_000);
// Many times what it takes on two cores of its own, since others may want them.
const TIMEOUT_MS = Math.max(300_000, steps * 300);

test(`in ${steps} steps of seed ${seed} no verdict that differs from one made from scratch reads fresh`, {
  timeout: TIMEOUT_MS,
}, async () => {
  const tally = await runProperty({ seed, steps, checkouts: 50, isReal: false });
  console.log(`Seed ${seed}: ${tally.describe()}`);
  expect(tally.steps).toBeGreaterThanOrEqual(steps);
  if (steps >= 1_000) expectProof(tally);
});
