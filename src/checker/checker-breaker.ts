/**
 * Distinguishes a checker that breaks on every repository from repositories that break it, and does not run the checker while
 * it is broken. A promise rests on it: a broken checker becomes one host problem, and not a failure of each repository.
 */
import { DoiError, type ErrorCode, isHostProblem } from '../domain/errors.js';
import type { Clock } from '../platform/clock.js';
import type { CheckResult } from './run-checker.js';
import type { CheckedFolder } from './run-command.js';

export type Check = (checkout: CheckedFolder, signal: AbortSignal) => Promise<CheckResult>;

export interface CheckerBreakerDeps {
  readonly check: Check;
  /** Reads the checker's version of now; throws where the checker is missing. */
  readonly probe: () => string;
  /** Runs a check on a checkout without any fault. */
  readonly canary: (check: (checkout: { path: string; slug: string }) => Promise<unknown>) => Promise<void>;
  readonly clock: Clock;
  /** Aborts when the worker stops. */
  readonly signal: AbortSignal;
  readonly onBroken: (error: CheckerBroken) => void;
  readonly onRecovered: () => void;
}

/** After so many repositories in a row, either all of them break the checker or it is broken. */
const MANY = 5;
/** How long the breaker stays open, and the checker does not run, in milliseconds. */
const OPEN_MS = 300_000;
/** The shortest delay of a check that is refused during a trial, in milliseconds. */
const SHORTEST_RETRY_MS = 30_000;

/** Breaks in a row, with the same error, of the same version of the checker, and without a result in between. */
interface Streak {
  readonly version: string;
  readonly code: ErrorCode;
  readonly slugs: Set<string>;
}

/** The open breaker: the checker is broken. */
interface Open {
  readonly version: string;
  error: DoiError;
  /** When the checker was last tried, by the clock. */
  at: number;
  isTrying: boolean;
}

interface Broken {
  readonly error: DoiError;
  readonly version: string;
  readonly slug: string;
  /** The user as which the check ran: one user may be unable to run a checker that others can. */
  readonly owner?: CheckedFolder['owner'];
}

type CanaryResult = 'works' | 'breaks' | 'unknown';

/**
 * A circuit breaker (M. Nygard, "Release It!") around the checker. When the checker broke on many repositories in a row, a
 * canary decides: if the checker has a result for it, the repositories are to blame, and the count starts again at 0. If not,
 * the breaker opens until the checker's version changes; after a while it lets one check through as a trial.
 */
export class CheckerBreaker {
  readonly #deps: CheckerBreakerDeps;
  #streak: Streak | undefined;
  #judging: Promise<void> | undefined;
  #open: Open | undefined;

  constructor(deps: CheckerBreakerDeps) {
    this.#deps = deps;
  }

  /**
   * Runs a check.
   * @throws {CheckerBroken} while the breaker is open; and the error of the check
   */
  readonly check: Check = async (checkout, signal) => {
    const version = this.#deps.probe();
    const trial = this.#admit(version);
    try {
      const result = await this.#deps.check(checkout, signal);
      this.#noteResult(version);
      return result;
    } catch (error) {
      const counts = error instanceof DoiError && error.kind === 'repository' && !signal.aborted;
      if (counts) await this.#noteBreak({ ...checkout, error, version }, trial);
      throw error;
    } finally {
      if (trial !== undefined) trial.isTrying = false;
    }
  };

  /** Lets a check through, as the trial if one is due; else throws. @returns the breaker's state for a trial */
  #admit(version: string): Open | undefined {
    const open = this.#open;
    if (open === undefined) return undefined;
    if (open.version !== version) {
      this.#close();
      return undefined;
    }
    if (open.isTrying || this.#remaining(open) > 0) throw this.#refusal(open);
    open.isTrying = true;
    return open;
  }

  #noteResult(version: string): void {
    if (this.#streak?.version === version) this.#streak = undefined;
    if (this.#open?.version === version) this.#close();
  }

  /** Returns if the repository is to blame; throws if the checker is. */
  async #noteBreak(broken: Broken, trial: Open | undefined): Promise<void> {
    if (trial !== undefined) return this.#judgeTrial(trial, broken);
    // This check was under way when the breaker opened.
    if (this.#open?.version === broken.version) throw this.#refusal(this.#open);
    const streak = this.#count(broken);
    if (streak.slugs.size < MANY) return;
    const isOneOfThem = streak.slugs.has(broken.slug);
    this.#judging ??= this.#judge(streak, broken).finally(() => {
      this.#judging = undefined;
    });
    await this.#judging;
    if (!isOneOfThem && this.#open?.version === broken.version) throw this.#refusal(this.#open);
  }

  #count({ error: { code }, version, slug }: Broken): Streak {
    const isLike = this.#streak?.code === code && this.#streak.version === version;
    const streak =
      this.#streak !== undefined && isLike ? this.#streak : { code, version, slugs: new Set<string>() };
    if (streak.slugs.size < MANY) streak.slugs.add(slug);
    this.#streak = streak;
    return streak;
  }

  async #judge(streak: Streak, { error, owner }: Broken): Promise<void> {
    const { result, cause } = await this.#runCanary(owner);
    // A result came in between, or another error.
    if (result === 'unknown' || this.#streak !== streak) return;
    this.#streak = undefined;
    if (result === 'works') return;
    this.#open = { version: streak.version, error, at: this.#deps.clock.now(), isTrying: false };
    this.#deps.onBroken(new CheckerBroken(error, OPEN_MS, { cause }));
  }

  async #judgeTrial(trial: Open, { error, owner }: Broken): Promise<void> {
    const { result } = await this.#runCanary(owner);
    if (this.#open !== trial) return;
    if (result === 'works') return this.#close();
    if (result === 'breaks') Object.assign(trial, { error, at: this.#deps.clock.now() });
    throw this.#refusal(trial);
  }

  async #runCanary(owner: Broken['owner']): Promise<{ result: CanaryResult; cause?: unknown }> {
    const { canary, check, signal } = this.#deps;
    try {
      await canary((checkout) => check({ ...checkout, owner }, signal));
      return { result: 'works' };
    } catch (cause) {
      return { result: signal.aborted || isHostProblem(cause) ? 'unknown' : 'breaks', cause };
    }
  }

  #close(): void {
    this.#open = undefined;
    this.#deps.onRecovered();
  }

  #refusal(open: Open): CheckerBroken {
    return new CheckerBroken(open.error, Math.max(this.#remaining(open), SHORTEST_RETRY_MS));
  }

  /** How long until a trial, in milliseconds. A clock that was set back since makes the trial due at once. */
  #remaining({ at }: Open): number {
    const passed = this.#deps.clock.now() - at;
    return passed < 0 ? 0 : Math.max(OPEN_MS - passed, 0);
  }
}

const REMEDY =
  'Run the checker by hand and repair it: the worker tries it at once when it has changed, else again after some minutes.';

/** The error of a refused check. It says nothing about the repository, and is no reason to pause other jobs. */
export class CheckerBroken extends DoiError {
  /** How long until the worker may try the checker again, in milliseconds. */
  readonly retryMs: number;

  /** @param first the error with which the checker broke */
  constructor(first: DoiError, retryMs: number, options?: ErrorOptions) {
    const found =
      'The checker breaks on every repository of this host, so the worker does not run it for now. ' +
      `It broke on one repository after another with ${first.code}: ${first.message}`;
    super('checker_broken', found, REMEDY, options);
    this.retryMs = retryMs;
  }
}
