/** The property finds faults: two of all that `npm run soak` plants. */
import { test } from 'vitest';
import { expectFound } from './planted-faults.js';

test.each(['the input workplans is left out', 'a file is the same as long as its mtime is'])(
  'when %s, then the property finds it',
  { timeout: 300_000 },
  expectFound,
);
