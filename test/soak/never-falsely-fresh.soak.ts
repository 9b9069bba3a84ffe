/** The same property with the checker as a real subprocess, and for longer: `npm run soak`. */
import { expect, test } from 'vitest';
import { runProperty } from '../property/never-falsely-fresh/run.js';
import { expectProof, takeNumber } from '../property/never-falsely-fresh/settings.js';

const seed = takeNumber('DOI_SOAK_SEED', Math.floor(Math.random() * 0x7fff_ffff));
const steps = takeNumber('DOI_SOAK_STEPS', 20_000);
/** After so many steps it says how far it has come. */
const SAY_EVERY = 500;

// Without a limit in time: a busy machine takes hours for it.
test(`in ${steps} steps of seed ${seed} no verdict that differs from one made from scratch reads fresh`, {
  timeout: 0,
}, async () => {
  const began = performance.now();
  const minutes = () => ((performance.now() - began) / 60_000).toFixed(1);
  console.log(`Seed ${seed}, ${steps} steps.`);
  const tally = await runProperty({
    ...{ seed, steps, checkouts: 50, isReal: true },
    onProgress: (now) => {
      if (now.steps % SAY_EVERY === 0) console.log(`After ${minutes()} min, seed ${seed}: ${now.describe()}`);
    },
  });
  console.log(`After ${minutes()} min, seed ${seed}: ${tally.describe()}`);
  expect(tally.steps).toBeGreaterThanOrEqual(steps);
  if (steps >= 1_000) expectProof(tally);
});
