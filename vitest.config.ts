// How the tests run: unit tests first, then those that need services, then the slow ones. CONTRIBUTING.md has a table of them.
import { configDefaults, defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { ClosingLine } from './test/helpers/closing-line.js';
import { findChromium, NO_CHROMIUM } from './test/helpers/find-chromium.js';
import { LongestFirst } from './test/helpers/longest-first.js';
import { dataPlace } from './test/helpers/temp-folder.js';

const hasChromium = findChromium() !== undefined;
/** Properties that need no service. */
const PURE =
  '{age,fingerprint,freshness,git-objects,inputs,mcp-ttl,parse,schemas,summary-statistics,tier}.test.ts';
/**
 * A timer that is late on a busy machine does not fail a run of `.ci/run`. A counterexample that was found by chance, or a
 * trap that held once, would get lost by a second try: the projects `pure` and `once` have none.
 */
const retry = process.env['CI'] ? 1 : 0;

/** Files share processes, which saves loading their modules, and have temporary folders in memory, where files cost little. */
const shared = { isolate: false, env: { TMPDIR: await dataPlace() } };
/** Starts PostgreSQL and Redis, once for all projects that name it. */
const globalSetup = ['test/helpers/global-setup.ts'];

/** So that what these await, whole programs and thousands of files, comes in time on a machine three times slower. */
const testTimeout = 120_000;

type Settings = TestProjectInlineConfiguration['test'];
/** A project with as many files at once; those of one order run together. */
const project = (name: string, [groupOrder, maxWorkers]: readonly [number, number], settings: Settings) => ({
  extends: true as const,
  test: { name, maxWorkers, sequence: { groupOrder }, ...settings },
});

export default defineConfig({
  test: {
    reporters: ['default', new ClosingLine(hasChromium ? undefined : NO_CHROMIUM)],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What is awaited comes soon, but not within a second on every machine.
    expect: { poll: { timeout: 30_000, interval: 20 } },
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
    projects: [
      project('unit', [1, 2], { ...shared, include: ['test/{unit,architecture}/**/*.test.ts'], retry }),
      project('pure', [1, 2], { ...shared, include: [`test/property/${PURE}`] }),
      project('services', [2, 3], {
        ...{ ...shared, globalSetup, retry },
        include: ['test/integration/**/*.test.ts'],
      }),
      project('slow', [3, 3], {
        ...{ globalSetup, retry, testTimeout },
        include: ['test/{fault,e2e,browser}/**/*.test.ts'],
        exclude: [...configDefaults.exclude, ...(hasChromium ? [] : ['test/browser/**'])],
      }),
      project('once', [3, 3], {
        ...{ globalSetup, testTimeout },
        include: ['test/{property,hostile}/**/*.test.ts'],
        exclude: [...configDefaults.exclude, `test/property/${PURE}`],
      }),
    ],
  },
});
