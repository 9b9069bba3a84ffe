// Configures `npm run screenshots`: it runs with the servers of the tests, and without the tests.
import { defineConfig } from 'vitest/config';
import { ClosingLine } from '../helpers/closing-line.js';

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['test/browser/*.shots.ts'],
    globalSetup: ['test/helpers/global-setup.ts'],
    reporters: ['default', new ClosingLine()],
    testTimeout: 60_000,
    hookTimeout: 300_000,
    pool: 'forks',
  },
});
