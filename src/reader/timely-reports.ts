/** Reads reports that were verified as recently as a client wants: from memory, by a new probe, or by waking the home host. */
import { DoiError } from '../domain/errors.js';
import { isCompared, isInTime } from '../domain/freshness-bound.js';
import type { CircuitBreaker } from '../platform/circuit-breaker.js';
import type { Clock } from '../platform/clock.js';
import { agoMs, type ReadOfCache, type ReportCache } from './report-cache.js';
import type { VerificationWakes } from './verification-wakes.js';
import type { Wait, WaitingPlaces } from './waiting-places.js';

/** How often a report is read again while a client waits, in milliseconds: a heartbeat may verify it before the worker does. */
const AGAIN_MS = 1000;
/** The pause before this process probes again, in milliseconds. */
const PROBE_PAUSE_MS = 100;

export interface TimelyReportsDeps {
  readonly cache: ReportCache;
  readonly breaker: CircuitBreaker;
  readonly wakes: VerificationWakes;
  readonly places: WaitingPlaces;
  readonly clock: Pick<Clock, 'sleep'>;
}

export interface TimelyRequest extends Wait {
  readonly slug: string;
  /** How old the verification may be, in milliseconds; 0: not older than the HTTP request. */
  readonly maxAgeMs: number;
  /** Whether to wake the home host, and to wait, where a new read does not suffice. */
  readonly mayWake: boolean;
}

/** One HTTP request, since when it waits by the process's clock, and whether a wake-up was requested after that. */
interface Waiting {
  readonly wanted: TimelyRequest;
  readonly began: number;
  isWoken: boolean;
}

export class TimelyReports {
  readonly #deps: TimelyReportsDeps;

  constructor(deps: TimelyReportsDeps) {
    this.#deps = deps;
  }

  /**
   * Reads a report whose verification is no older than wanted at the moment this resolves.
   * @throws {DoiError} `not_verified_in_time`, `too_many_waiting`, and what the cache throws
   */
  async get(wanted: TimelyRequest): Promise<ReadOfCache> {
    const began = this.#deps.cache.now();
    const first = await this.#read(wanted.slug, false);
    if (this.#isInTime(first, wanted, began)) return first;
    const report = first.isHit ? await this.#read(wanted.slug, true) : first;
    if (this.#isInTime(report, wanted, began)) return report;
    if (!wanted.mayWake) throw notInTime(report, ONLY_KNOWN);
    const waiting = { wanted, began, isWoken: false };
    return this.#deps.places.run(wanted, (signal) => this.#wait(waiting, report, signal));
  }

  async #wait(waiting: Waiting, first: ReadOfCache, signal: AbortSignal): Promise<ReadOfCache> {
    const { wanted, began } = waiting;
    let report = first;
    for (;;) {
      await this.#progress(waiting, report, signal);
      report = await this.#read(wanted.slug, true);
      if (this.#isInTime(report, wanted, began)) return report;
      if (signal.aborted) throw notInTime(report, LATER);
    }
  }

  /** Waits for what may verify the report: this process's next probe, the worker that is woken, or a heartbeat. */
  async #progress(waiting: Waiting, { answer }: ReadOfCache, signal: AbortSignal): Promise<void> {
    const { clock, wakes, cache } = this.#deps;
    const { wanted, began, isWoken } = waiting;
    if (isCompared(answer) && PROBED_HERE.includes(answer.verified))
      return clock.sleep(PROBE_PAUSE_MS, signal);
    const pause = clock.sleep(AGAIN_MS, signal);
    // A worker that was woken once has done what it can.
    const wake = isWoken
      ? undefined
      : wakes.join(wanted.slug, Math.max(0, began + wanted.waitMs - cache.now()));
    if (wake === undefined) return pause;
    const ended = await Promise.race([wake.ended.then((isActive) => ({ isActive })), pause]);
    if (ended === undefined) return;
    if (!ended.isActive) throw notInTime({ answer }, NOT_ACTIVE);
    // One that was under way before may have probed too early.
    waiting.isWoken = wake.at >= began;
  }

  #read(slug: string, isNew: boolean): Promise<ReadOfCache> {
    const { breaker, cache } = this.#deps;
    return breaker.run(() => cache.get(slug, isNew));
  }

  #isInTime(report: ReadOfCache, { maxAgeMs }: TimelyRequest, began: number): boolean {
    const now = this.#deps.cache.now();
    return isInTime(report.answer, {
      maxAgeMs,
      verifiedMs: agoMs(report, report.verifiedAt, now),
      requestedMs: now - began,
    });
  }
}

const PROBED_HERE: readonly string[] = ['probed', 'cached'];

const ONLY_KNOWN =
  'Ask without "only-if-cached", and by GET, so that its home host is woken; or accept an older one.';
const LATER = 'Try again in a moment; or ask without max-age, and see `verified` and `stale_reasons`.';
const NOT_ACTIVE = 'No host verifies an archived repository; ask without max-age.';

function notInTime({ answer }: Pick<ReadOfCache, 'answer'>, remedy: string): DoiError {
  const { repo_slug: slug, checkout } = answer;
  const where = checkout === null ? '' : ` Its home host is ${checkout.host}.`;
  const found = `The report of ${slug} was not verified as recently as wanted.${where}`;
  return new DoiError('not_verified_in_time', found, remedy);
}
