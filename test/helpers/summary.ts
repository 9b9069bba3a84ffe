/** A summary of a test's own, kept ready by a thread of its own. */
import { openLog } from '../../src/platform/log.js';
import { PreparedSummary } from '../../src/reader/summary/prepared-summary.js';
import type { SummaryDeps } from '../../src/reader/summary/read-summary.js';

export interface TestSummary {
  readonly databaseUrl: string;
  readonly schema?: string;
  /** How often it compares everything, in milliseconds. */
  readonly passMs?: number;
  /** Another compiled thread. */
  readonly entry?: string;
}

/** Makes one; its thread starts when it is first asked. */
export function makeSummary(
  { release, limits, observedLimitMs, contactLimitMs, runningLimitMs }: Omit<SummaryDeps, 'sql'>,
  { databaseUrl, schema, passMs = 5000, entry }: TestSummary,
): PreparedSummary {
  const settings = { release, limits, observedLimitMs, contactLimitMs, runningLimitMs, databaseUrl, passMs };
  return new PreparedSummary({ ...settings, schema }, openLog('test', 'silent'), entry);
}
