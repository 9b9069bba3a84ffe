/** Tells a checker that is broken for everybody from repositories that break it, and does not run it while it is. */
import { DoiError, type ErrorCode, isHostProblem } from '../domain/errors.js';
import type { Clock } from '../platform/clock.js';
import type { CheckResult } from './run-checker.js';
import type { CheckedFolder } from './run-command.js';

export type Check = (checkout: CheckedFolder, signal: AbortSignal) => Promise<CheckResult>;

export interface CheckerBreakerSettings {
  readonly check: Check;
  /** The version of the checker as it is now; throws where it is missing. */
  readonly probe: () => string;
  /** Runs a check on a checkout that has nothing wrong. */
  readonly canary: (check: (checkout: { path: string; slug: string }) => Promise<unknown>) => Promise<void>;
  readonly clock: Clock;
  /** Aborts when the worker stops. */
  readonly signal: AbortSignal;
  readonly onBroken: (error: CheckerBroken) => void;
  readonly onRecovered: () => void;
}

/** So many repositories in a row are no accident: either all of them break the checker, or it is broken. */
const MANY = 5;
/** For how long the checker is not run, in milliseconds. */
const OPEN_MS = 300_000;
/** A check that is refused while another one tries is put off by this at least, in milliseconds. */
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
  /** When it was tried last, by the clock. */
  at: number;
  isTrying: boolean;
}

interface Broken {
  readonly error: DoiError;
  readonly version: string;
  readonly slug: string;
  /** As whom the check ran: a checker may be out of this user's reach and not of others'. */
  readonly owner?: CheckedFolder['owner'];
}

type CanaryResult = 'works' | 'breaks' | 'unknown';

/**
 * A circuit breaker (M. Nygard, "Release It!") around the checker. When it broke on many repositories in a row, a
 * canary decides: where that gives a result, the repositories are to blame, and counting starts anew. Else nothing is
 * checked until the checker has changed; after a while one check is let through as a trial.
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
   * @throws {CheckerBroken} where the checker is broken for everybody, and what the check throws
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

  /** Lets a check through, as the trial where one is due; else throws. */
  #admit(version: string): Open | undefined {
    const open = this.#open;
    if (open === undefined) return undefined;
    if (open.version !== version) {
      this.#mend();
      return undefined;
    }
    if (open.isTrying || this.#remaining(open) > 0) throw this.#refusal(open);
    open.isTrying = true;
    return open;
  }

  #noteResult(version: string): void {
    if (this.#streak?.version === version) this.#streak = undefined;
    if (this.#open?.version === version) this.#mend();
  }

  /** Returns where the repository is to blame; throws where the checker is. */
  async #noteBreak(broken: Broken, trial: Open | undefined): Promise<void> {
    if (trial !== undefined) return this.#judgeTrial(trial, broken);
    // It was under way when others found the checker broken.
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
    const { song, cause } = await this.#hearCanary(owner);
    // A result came in between, or another error.
    if (song === 'unknown' || this.#streak !== streak) return;
    this.#streak = undefined;
    if (song === 'works') return;
    this.#open = { version: streak.version, error, at: this.#settings.clock.now(), isTrying: false };
    this.#settings.onBroken(new CheckerBroken(error, OPEN_MS, { cause }));
  }

  async #judgeTrial(trial: Open, { error, owner }: Broken): Promise<void> {
    const { song } = await this.#hearCanary(owner);
    if (this.#open !== trial) return;
    if (song === 'works') return this.#mend();
    if (song === 'breaks') Object.assign(trial, { error, at: this.#settings.clock.now() });
    throw this.#refusal(trial);
  }

  async #hearCanary(owner: Broken['owner']): Promise<{ song: CanaryResult; cause?: unknown }> {
    const { canary, check, signal } = this.#settings;
    try {
      await canary((checkout) => check({ ...checkout, owner }, signal));
      return { song: 'works' };
    } catch (cause) {
      return { song: signal.aborted || isHostProblem(cause) ? 'unknown' : 'breaks', cause };
    }
  }

  #mend(): void {
    this.#open = undefined;
    this.#settings.onRecovered();
  }

  #refusal(open: Open): CheckerBroken {
    return new CheckerBroken(open.error, Math.max(this.#remaining(open), SHORTEST_RETRY_MS));
  }

  /** How long until a trial, in milliseconds. A clock that was set back since makes it due. */
  #remaining({ at }: Open): number {
    const passed = this.#settings.clock.now() - at;
    return passed < 0 ? 0 : Math.max(OPEN_MS - passed, 0);
  }
}

/* The error of a check that is not run: the checker breaks for everybody on this host. */

const REMEDY =
  'Run the checker by hand and mend it: once it has changed it is tried at once, else again after some minutes.';

/** A check that was refused. It says nothing about the repository, and is no reason to take no other job. */
export class CheckerBroken extends DoiError {
  /** How long until the checker may be tried again, in milliseconds. */
  readonly retryMs: number;

  /** @param first the error that it broke with */
  constructor(first: DoiError, retryMs: number, options?: ErrorOptions) {
    const found =
      'The checker breaks for everybody on this host, so it is not run for now. ' +
      `It broke on one repository after another with ${first.code}: ${first.message}`;
    super('checker_broken', found, REMEDY, options);
    this.retryMs = retryMs;
  }
}
