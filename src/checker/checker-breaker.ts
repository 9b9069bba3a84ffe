/** Detects a checker that is broken for every repository, unlike one that some repositories break, and stops running it. */
import { DoiError, type ErrorCode, isHostProblem } from '../domain/errors.js';
import type { Clock } from '../platform/clock.js';
import type { CheckResult } from './run-checker.js';
import type { CheckedFolder } from './run-command.js';

export type Check = (checkout: CheckedFolder, signal: AbortSignal) => Promise<CheckResult>;

export interface CheckerBreakerSettings {
  readonly check: Check;
  /** The version of the checker now; throws if it is missing. */
  readonly probe: () => string;
  /** Runs a check on a checkout without faults. */
  readonly canary: (check: (checkout: { path: string; slug: string }) => Promise<unknown>) => Promise<void>;
  readonly clock: Clock;
  /** Aborts when the worker stops. */
  readonly signal: AbortSignal;
  readonly onBroken: (error: CheckerBroken) => void;
  readonly onRecovered: () => void;
}

/** So many repositories in a row are no coincidence: either all of them break the checker, or it is broken. */
const MANY = 5;
/** For how long the checker is not run, in milliseconds. */
const OPEN_MS = 300_000;
/** The least time that a check is deferred by while another one is the trial, in milliseconds. */
const SHORTEST_RETRY_MS = 30_000;

/** Breaks in a row: with one error, of one checker, and no result in between. */
interface Streak {
  readonly version: string;
  readonly code: ErrorCode;
  readonly slugs: Set<string>;
}

/** The checker is broken. */
interface Open {
  readonly version: string;
  error: DoiError;
  /** When the last trial began, by the clock. */
  at: number;
  isTrying: boolean;
}

interface Broken {
  readonly error: DoiError;
  readonly version: string;
  readonly slug: string;
  /** The user that the check ran as: a checker may be unreadable for one user and not for others. */
  readonly owner?: CheckedFolder['owner'];
}

type CanaryResult = 'works' | 'breaks' | 'unknown';

/**
 * A circuit breaker (M. Nygard, "Release It!") around the checker. When the checker broke on many repositories in a row, a
 * canary decides: if that has a result, the repositories are the cause, and counting starts again. Else no check runs until
 * the checker has changed; after a while one check runs as a trial.
 */
export class CheckerBreaker {
  readonly #settings: CheckerBreakerSettings;
  #streak: Streak | undefined;
  #judging: Promise<void> | undefined;
  #open: Open | undefined;

  constructor(settings: CheckerBreakerSettings) {
    this.#settings = settings;
  }

  /**
   * Runs a check.
   * @throws {CheckerBroken} while the checker is broken for every repository, and what the check throws
   */
  readonly check: Check = async (checkout, signal) => {
    const version = this.#settings.probe();
    const trial = this.#admit(version);
    try {
      const result = await this.#settings.check(checkout, signal);
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

  /** Lets a check through, as the trial if one is due; else throws. */
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

  /** Returns if the repository is the cause; throws if the checker is. */
  async #noteBreak(broken: Broken, trial: Open | undefined): Promise<void> {
    if (trial !== undefined) return this.#judgeTrial(trial, broken);
    // This check was running when others found the checker broken.
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
    // Meanwhile a check had a result, or another error.
    if (result === 'unknown' || this.#streak !== streak) return;
    this.#streak = undefined;
    if (result === 'works') return;
    this.#open = { version: streak.version, error, at: this.#settings.clock.now(), isTrying: false };
    this.#settings.onBroken(new CheckerBroken(error, OPEN_MS, { cause }));
  }

  async #judgeTrial(trial: Open, { error, owner }: Broken): Promise<void> {
    const { result } = await this.#runCanary(owner);
    if (this.#open !== trial) return;
    if (result === 'works') return this.#close();
    if (result === 'breaks') Object.assign(trial, { error, at: this.#settings.clock.now() });
    throw this.#refusal(trial);
  }

  async #runCanary(owner: Broken['owner']): Promise<{ result: CanaryResult; cause?: unknown }> {
    const { canary, check, signal } = this.#settings;
    try {
      await canary((checkout) => check({ ...checkout, owner }, signal));
      return { result: 'works' };
    } catch (cause) {
      return { result: signal.aborted || isHostProblem(cause) ? 'unknown' : 'breaks', cause };
    }
  }

  #close(): void {
    this.#open = undefined;
    this.#settings.onRecovered();
  }

  #refusal(open: Open): CheckerBroken {
    return new CheckerBroken(open.error, Math.max(this.#remaining(open), SHORTEST_RETRY_MS));
  }

  /** The time until a trial, in milliseconds. If the clock was set back since, a trial is due. */
  #remaining({ at }: Open): number {
    const passed = this.#settings.clock.now() - at;
    return passed < 0 ? 0 : Math.max(OPEN_MS - passed, 0);
  }
}

const REMEDY =
  'Run the checker by hand and repair it. The worker tries it as soon as it has changed, else again after some minutes.';

/** The error of a refused check. It says nothing about the repository, and the worker goes on with other jobs. */
export class CheckerBroken extends DoiError {
  /** The time until the next trial, in milliseconds. */
  readonly retryMs: number;

  /** @param first the error with which the checker broke */
  constructor(first: DoiError, retryMs: number, options?: ErrorOptions) {
    const found =
      'The checker breaks for every repository on this host, so the worker does not run it for now. ' +
      `It broke on one repository after another with ${first.code}: ${first.message}`;
    super('checker_broken', found, REMEDY, options);
    this.retryMs = retryMs;
  }
}
