// How `npm run soak` runs: with the servers of the tests, and without the tests.
import { defineConfig } from 'vitest/config';
import { ClosingLine } from '../helpers/closing-line.js';

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['test/soak/*.soak.ts'],
    globalSetup: ['test/helpers/global-setup.ts'],
    reporters: ['default', new ClosingLine()],
    hookTimeout: 60_000,
    pool: 'forks',
  },
});
