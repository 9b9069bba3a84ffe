/** Never falsely fresh for bare repositories and mirrors, for longer, with git itself and all faults: `npm run soak`. */
import { expect, test } from 'vitest';
import { BARE_FAULTS } from '../property/never-falsely-fresh/bare/faults.js';
import { expectBareFault, expectBareProof } from '../property/never-falsely-fresh/bare/proof.js';
import { runBareProperty } from '../property/never-falsely-fresh/bare/run.js';
import { takeNumber } from '../property/never-falsely-fresh/settings.js';

const seed = takeNumber('DOI_SOAK_SEED', Math.floor(Math.random() * 0x7fff_ffff));
const steps = takeNumber('DOI_SOAK_STEPS', 20_000);

// Without a limit in time: a busy machine takes hours for it.
test(`in ${steps} steps of seed ${seed} no commit that differs from the judged one reads fresh`, {
  timeout: 0,
}, async () => {
  console.log(`Seed ${seed}, ${steps} steps.`);
  const tally = await runBareProperty({
    ...{ seed, steps, isReal: true },
    onProgress: (now) => console.log(`Seed ${seed}: ${now.describe()}`),
  });
  expect(tally.steps).toBe(steps);
  if (steps >= 1_000) expectBareProof(tally);
});

test.each(Object.keys(BARE_FAULTS))('when %s, then the property finds it', { timeout: 0 }, (name) =>
  expectBareFault(name),
);
