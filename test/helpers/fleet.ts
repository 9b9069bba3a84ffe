/** A summary of a test's own, kept ready by a thread of its own. */
import { openLog } from '../../src/platform/log.js';
import { FleetSummary } from '../../src/reader/summary/prepared-summary.js';
import type { SummaryDependencies } from '../../src/reader/summary/read-summary.js';

export interface TestFleet {
  readonly databaseUrl: string;
  readonly schema?: string;
  /** How often it reads everything, in milliseconds. */
  readonly lookMs?: number;
  /** Another compiled thread. */
  readonly entry?: string;
}

/** Makes one; its thread starts when it is first asked. */
export function makeFleet(
  { release, limits, observedLimitMs, runningLimitMs }: Omit<SummaryDependencies, 'sql'>,
  { databaseUrl, schema, lookMs = 5000, entry }: TestFleet,
): FleetSummary {
  const settings = { release, limits, observedLimitMs, runningLimitMs, databaseUrl, lookMs };
  return new FleetSummary({ ...settings, schema }, openLog('test', 'silent'), entry);
}
