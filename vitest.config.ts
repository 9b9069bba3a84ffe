import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/helpers/closing-line.js';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/helpers/global-setup.ts'],
    reporters: ['default', new ClosingLine()],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What is awaited comes soon, but not within a second on every machine.
    expect: { poll: { timeout: 10_000, interval: 20 } },
    pool: 'forks',
    maxWorkers: 2,
  },
});
