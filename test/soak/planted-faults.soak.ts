/** The property finds every fault that is planted: `npm run soak`. */
import { test } from 'vitest';
import { expectFound, FAULTS } from '../property/never-falsely-fresh/planted-faults.js';

test.each(Object.keys(FAULTS))('when %s, then the property finds it', { timeout: 0 }, expectFound);
