/** The tool `request_refresh`: requests an evaluation, and waits for its end for at most 30 seconds. */
import { z } from 'zod';
import { DoiError } from '../../domain/errors.js';
import type { Clock } from '../../platform/clock.js';
import type { ApiReads, ReadReport, Report } from '../api-reads.js';
import { type AddTool, answerSchema, defineTool } from '../define-tool.js';
import type { AnswerParts } from '../fit-answer.js';
import { headFields, problemFields, refreshFields, reportShape } from '../report-fields.js';
import { slugInput } from './get-report.js';

const MAX_WAIT = 30;
const POLL_MS = 250;
/** How long after the wait the last answer of the server may come, in milliseconds. */
const GRACE_MS = 5000;

/** How long a wait may take, in milliseconds, and what ends it when the client is gone. */
interface Wait {
  readonly waitMs: number;
  readonly gone: AbortSignal;
}

export interface RefreshWaits {
  readonly clock: Clock;
  /** Runs a wait within a limit on how many there are at once. @throws {DoiError} `too_many_waiting` before it runs */
  readonly runWait?: (<T>(wait: Wait, run: (signal: AbortSignal) => Promise<T>) => Promise<T>) | undefined;
}

const head = z.object(reportShape.head);
const problem = z.strictObject({ code: z.string(), message: z.string(), remedy: z.string() });

export function requestRefreshTool({
  clock,
  runWait = (wait, run) => run(wait.gone),
}: RefreshWaits): AddTool {
  return defineTool({
    name: 'request_refresh',
    title: 'Request an evaluation',
    description:
      'Has a worker judge a repository again where an input changed, waits for that, and says what it reached. Needs DOI_TOKEN. Where `done` is false and `refresh` is `running`, do not call it again, which starts over: call `explain` until `refresh` is null.',
    isReadOnly: false,
    input: z.strictObject({
      slug: slugInput,
      wait_seconds: z.int().min(0).max(MAX_WAIT).optional().describe('10 unless given'),
    }),
    output: answerSchema({
      done: z.boolean(),
      ...head.partial().required({ repo_slug: true }).shape,
      refresh: reportShape.refresh,
      failure: reportShape.problems.failure.optional(),
      host_trouble: reportShape.problems.host_trouble.optional(),
      problem: problem.optional(),
    }),
    run: async ({ slug, wait_seconds: seconds = 10 }, reads, gone) => {
      const end = clock.now() + seconds * 1000;
      const run = (signal: AbortSignal) => requestAndWait({ reads, clock, signal, end }, slug);
      // Without a wait it takes no place among those that wait.
      const wait = { waitMs: seconds * 1000, gone };
      const known = seconds === 0 ? await run(gone) : await runWait(wait, run).catch(explainPlaces);
      return (parts) => ({ done: isDone(known), repo_slug: parts.name(slug), ...knownFields(known, parts) });
    },
  });
}

interface Waiting {
  readonly reads: ApiReads;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** When the wait ends, by the clock. */
  readonly end: number;
}

/** What is known of a request that was made. */
interface Known {
  readonly refresh: Report['refresh'];
  /** The last report that was read since; undefined where none could be. */
  readonly read: ReadReport | undefined;
  /** Why a later one could not be read. */
  readonly problem: DoiError | undefined;
}

/** Requests an evaluation, and reads the report until no evaluation is requested, or the time is up. */
async function requestAndWait({ reads, clock, signal, end }: Waiting, slug: string): Promise<Known> {
  const limit = () => ({ timeoutMs: Math.max(1, end + GRACE_MS - clock.now()) });
  let known: Known = {
    ...{ refresh: await reads.requestRefresh(slug, limit()), read: undefined, problem: undefined },
  };
  for (;;) {
    known = await readAgain(known, () => reads.report(slug, limit()));
    const left = end - clock.now();
    if (!isOpen(known) || left <= 0) return known;
    await clock.sleep(Math.min(POLL_MS, left), signal);
    if (signal.aborted) return known;
  }
}

/** The request was made, so a read that fails must not hide that: what was known before it is kept. */
async function readAgain(known: Known, readReport: () => Promise<ReadReport>): Promise<Known> {
  try {
    const read = await readReport();
    return { refresh: read.report.refresh, read, problem: undefined };
  } catch (error) {
    if (error instanceof DoiError) return { ...known, problem: error };
    throw error;
  }
}

function hasEnded({ refresh, read, problem: failed }: Known): boolean {
  return refresh === null && read !== undefined && failed === undefined;
}

/** A failure beside no request is that of a contact: the verdict is that of the commit which was known before. */
function isDone(known: Known): boolean {
  return hasEnded(known) && known.read?.report.failure === null;
}

function isOpen(known: Known): boolean {
  // One that waits for its next attempt has failed already, and its next one may be hours away.
  return !hasEnded(known) && known.refresh?.state !== 'waiting';
}

function knownFields({ refresh, read, problem: failed }: Known, parts: AnswerParts) {
  return {
    ...(read === undefined ? {} : headFields(read, parts)),
    refresh: refreshFields(refresh, parts),
    ...(read === undefined ? {} : problemFields(read.report, parts)),
    ...(failed === undefined
      ? {}
      : {
          problem: {
            ...{ code: failed.code, message: parts.data(failed.message), remedy: parts.own(failed.remedy) },
          },
        }),
  };
}

function explainPlaces(error: unknown): never {
  if (!(error instanceof DoiError) || error.code !== 'too_many_waiting') throw error;
  const remedy = 'Call it with wait_seconds 0, which only requests, and read the report later.';
  throw new DoiError('too_many_waiting', error.message, remedy, { cause: error });
}
