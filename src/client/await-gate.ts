/** Asks a server for a verdict until it is known or the time is over; every answer but an error of the caller is a decision. */
import type { ServerReport } from '../api/server-report.js';
import { DoiError } from '../domain/errors.js';
import { type UnknownReason, unknownBy } from '../domain/unknown-reason.js';
import type { Clock } from '../platform/clock.js';
import { decideGate, type GateDecision, type GateOptions, UNKNOWABLE_COMMIT } from './gate.js';
import { ANSWER_MS, type ApiClient } from './open-client.js';
import { ReportReader } from './read-server-report.js';

export interface AwaitOptions extends GateOptions {
  readonly slug: string;
  /** How long to wait for a verdict that is not known yet. */
  readonly waitMs: number;
}

export interface AwaitDeps {
  readonly client: ApiClient;
  readonly clock: Clock;
  /** Called once, where the wait goes on although the server gave no report yet. */
  readonly onAway?: (reasons: readonly UnknownReason[]) => void;
}

export interface GateResult {
  readonly decision: GateDecision;
  /** The report that was decided by; null where there is none. */
  readonly report: ServerReport | null;
  readonly waitedMs: number;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 5000;
/** The least limit of an answer near the end of the wait. */
const LEAST_ANSWER_MS = 1000;

/**
 * Waits for a decision. A server that is away may be starting, so the wait goes on.
 * @throws {DoiError} `unauthorized`, `forbidden`, `server_answer_invalid`, and any other error of the caller
 */
export async function awaitGate(options: AwaitOptions, deps: AwaitDeps): Promise<GateResult> {
  const { client, clock } = deps;
  const reader = new ReportReader(client, options.slug);
  const began = clock.now();
  const until = began + options.waitMs;
  let report: ServerReport | null = null;
  let onAway = deps.onAway;
  let timeoutMs = ANSWER_MS;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    const asked = await ask(reader, options, timeoutMs);
    report = asked.report ?? report;
    const { decision } = asked;
    const left = until - clock.now();
    if (decision.outcome !== 'unknown' || isFinal(decision) || left <= 0)
      return { decision, report, waitedMs: clock.now() - began };
    if (report === null) {
      onAway?.(decision.reasons);
      onAway = undefined;
    }
    await clock.sleep(Math.min(pause, left));
    timeoutMs = Math.min(Math.max(until - clock.now(), LEAST_ANSWER_MS), ANSWER_MS);
  }
}

const FINAL: readonly string[] = [UNKNOWABLE_COMMIT, 'unknown_repository'];

/** Whether no wait makes it known. */
function isFinal(decision: GateDecision): boolean {
  return decision.outcome === 'unknown' && decision.reasons.some(({ code }) => FINAL.includes(code));
}

async function ask(
  reader: ReportReader,
  options: AwaitOptions,
  timeoutMs: number,
): Promise<Omit<GateResult, 'waitedMs'>> {
  try {
    const read = await reader.read({ timeoutMs });
    return { decision: decideGate(read, options), report: read.report };
  } catch (error) {
    const reason = error instanceof DoiError ? unknownBy(error) : undefined;
    if (reason === undefined) throw error;
    return { decision: { outcome: 'unknown', reasons: [reason] }, report: null };
  }
}
