// How the tests run: unit tests first, then those that need services, then the slow ones.
import { configDefaults, defineConfig } from 'vitest/config';
import { ClosingLine } from './test/helpers/closing-line.js';
import { findChromium, NO_CHROMIUM } from './test/helpers/find-chromium.js';
import { LongestFirst } from './test/helpers/longest-first.js';
import { dataPlace } from './test/helpers/temp-folder.js';

const hasChromium = findChromium() !== undefined;
/** Properties that need no service. */
const PURE = '{age,fingerprint,fleet-statistics,freshness,inputs,parse,tier}.test.ts';
/** A timer that is late on a busy machine does not fail a run of `.ci/run`. */
const retry = process.env['CI'] ? 1 : 0;

/** Keeps temporary folders in memory, where thousands of files cost little; slow tests have theirs on a disk. */
const env = { TMPDIR: await dataPlace() };
/** Starts PostgreSQL and Redis once for all projects that name it. */
const globalSetup = ['test/helpers/global-setup.ts'];

export default defineConfig({
  test: {
    reporters: ['default', new ClosingLine(hasChromium ? undefined : NO_CHROMIUM)],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What is awaited comes soon, but not within a second on every machine.
    expect: { poll: { timeout: 10_000, interval: 20 } },
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/{unit,architecture}/**/*.test.ts', `test/property/${PURE}`],
          env,
          isolate: false,
          maxWorkers: 2,
          retry,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'services',
          include: ['test/integration/**/*.test.ts'],
          globalSetup,
          env,
          isolate: false,
          maxWorkers: 3,
          retry,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'slow',
          include: ['test/{fault,e2e,browser}/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...(hasChromium ? [] : ['test/browser/**'])],
          globalSetup,
          maxWorkers: 4,
          retry,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: 'once',
          include: ['test/{property,hostile}/**/*.test.ts'],
          exclude: [...configDefaults.exclude, `test/property/${PURE}`],
          globalSetup,
          maxWorkers: 4,
          // A counterexample that was found by chance, or a trap that held once, would get lost by a second try.
          retry: 0,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
