/** The tool `request_refresh`: requests an evaluation, and waits for its end for at most 30 seconds. */
import { z } from 'zod';
import type { Clock } from '../../platform/clock.js';
import type { ApiReads, Report } from '../api-reads.js';
import { type AddTool, answerSchema, defineTool } from '../define-tool.js';
import { headFields, problemFields, refreshFields, reportShape } from '../report-fields.js';
import { slugInput } from './get-report.js';

const MAX_WAIT = 30;
const POLL_MS = 250;

export function requestRefreshTool(clock: Clock): AddTool {
  return defineTool({
    name: 'request_refresh',
    title: 'Request an evaluation',
    description:
      'Requests that a worker judges a repository again where an input changed, waits for that, and says what it reached. Needs DOI_TOKEN. While one is requested, another call joins it; where nothing changed it judges nothing.',
    isReadOnly: false,
    input: z.strictObject({
      slug: slugInput,
      wait_seconds: z.int().min(0).max(MAX_WAIT).optional().describe('10 unless given'),
    }),
    output: answerSchema({
      done: z.boolean(),
      ...reportShape.head,
      refresh: reportShape.refresh,
      ...reportShape.problems,
    }),
    run: async ({ slug, wait_seconds: seconds = 10 }, reads, signal) => {
      await reads.requestRefresh(slug);
      const report = await waitForEnd({ reads, clock, signal }, slug, seconds * 1000);
      return (parts) => ({
        done: report.refresh === null,
        ...headFields(report, parts),
        refresh: refreshFields(report.refresh, parts),
        ...problemFields(report, parts),
      });
    },
  });
}

interface Waiting {
  readonly reads: ApiReads;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Reads the report until no evaluation is requested, or the time is up. */
async function waitForEnd({ reads, clock, signal }: Waiting, slug: string, limitMs: number): Promise<Report> {
  const end = clock.now() + limitMs;
  for (;;) {
    const { report } = await reads.report(slug);
    // One that waits for its next attempt has failed already, and its next one may be hours away.
    const isOpen = report.refresh !== null && report.refresh.state !== 'waiting';
    const left = end - clock.now();
    if (!isOpen || left <= 0 || signal.aborted) return report;
    await clock.sleep(Math.min(POLL_MS, left), signal);
  }
}
