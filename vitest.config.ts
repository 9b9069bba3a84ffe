import { configDefaults, defineConfig } from 'vitest/config';
import { ClosingLine } from './test/helpers/closing-line.js';
import { findChromium, NO_CHROMIUM } from './test/helpers/find-chromium.js';

const hasChromium = findChromium() !== undefined;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(hasChromium ? [] : ['test/browser/**'])],
    globalSetup: ['test/helpers/global-setup.ts'],
    reporters: ['default', new ClosingLine(hasChromium ? undefined : NO_CHROMIUM)],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What is awaited comes soon, but not within a second on every machine.
    expect: { poll: { timeout: 10_000, interval: 20 } },
    pool: 'forks',
    maxWorkers: 2,
  },
});
