/** Probes any number of checkouts in a thread of its own, and leaves alone for a while what does not answer. */
import type { ErrorCode } from '../../domain/errors.js';
import { AbandonableThread } from '../../platform/abandonable-thread.js';
import { expandHome } from '../../platform/expand-home.js';
import { distPath } from '../../platform/package-root.js';
import { type Outcome, reviveError } from '../../platform/thread-outcome.js';
import { hangsWith, remoteMounts } from './mounts.js';
import type { CheckoutProbe, CheckoutTarget, ProbeWish } from './probe-checkout.js';
import type { ProbeTask } from './thread.js';

/** A checkout that could not be probed at all. */
export interface FailedProbe {
  /** Why, as a sentence. */
  readonly failed: string;
  readonly code: ErrorCode;
  /** The unexpected error itself, for a log. */
  readonly cause?: Error;
}
export type ProbeOutcome = CheckoutProbe | FailedProbe;

export interface ProbeOptions extends ProbeWish {
  /** How long one checkout may take, in milliseconds, counted from when its probe began. */
  readonly timeoutMs: number;
}

interface Hung {
  readonly until: number;
  readonly pause: number;
}

const FIRST_PAUSE = 30_000;
// A thread that hangs in the kernel cannot be ended, so the pauses grow: else each try would leave one more.
const LONGEST_PAUSE = 3_600_000;

export class CheckoutProber {
  readonly #thread: AbandonableThread<ProbeTask, CheckoutProbe>;
  readonly #now: () => number;
  readonly #hung = new Map<string, Hung>();
  #mounts: readonly string[] = [];

  /** @param options `entry`: another compiled thread, for tests; `now`: another clock, in milliseconds */
  constructor(options: { readonly entry?: string; readonly now?: () => number } = {}) {
    const entry = options.entry ?? distPath('inputs/probe/thread.js');
    this.#thread = new AbandonableThread(entry, ({ target }) => this.#isLeftAlone(target));
    this.#now = options.now ?? Date.now;
  }

  /** How many threads were abandoned and still hang. Node cannot exit by itself while there is one. */
  get stuckThreads(): number {
    return this.#thread.stuck;
  }

  /** Probes checkouts, an outcome for each id. It never throws for what a checkout or its file system does. */
  async probe(targets: readonly CheckoutTarget[], options: ProbeOptions): Promise<Map<string, ProbeOutcome>> {
    if (this.#hung.size > 0) this.#mounts = remoteMounts();
    const { timeoutMs, ...wish } = options;
    const tasks = targets.map((target) => ({ target, wish }));
    const results = new Map<string, ProbeOutcome>();
    await this.#thread.run(tasks, timeoutMs, (index, outcome) => {
      const target = targets[index];
      if (target !== undefined) results.set(target.id, this.#note(target, outcome));
    });
    return results;
  }

  /** Ends the thread; what was asked and is not answered fails. */
  async close(): Promise<void> {
    await this.#thread.close();
  }

  #isLeftAlone(target: CheckoutTarget): boolean {
    const hung = this.#hung.size === 0 ? undefined : this.#hung.get(this.#place(target));
    return hung !== undefined && this.#now() < hung.until;
  }

  #place(target: CheckoutTarget): string {
    return hangsWith(expandHome(target.path ?? ''), this.#mounts);
  }

  #note(target: CheckoutTarget, outcome: Outcome<CheckoutProbe>): ProbeOutcome {
    if ('answer' in outcome) {
      if (this.#hung.size > 0) this.#hung.delete(this.#place(target));
      return outcome.answer;
    }
    if ('hung' in outcome) {
      this.#mounts = remoteMounts();
      const place = this.#place(target);
      const pause = Math.min((this.#hung.get(place)?.pause ?? FIRST_PAUSE / 2) * 2, LONGEST_PAUSE);
      this.#hung.set(place, { until: this.#now() + pause, pause });
      return { failed: HUNG, code: 'probe_timed_out' };
    }
    if ('skipped' in outcome) return LEFT_ALONE;
    if ('unstarted' in outcome) return { failed: outcome.unstarted, code: 'internal' };
    // What breaks under one checkout is that one's: as the host's trouble it would keep all others waiting, for ever.
    if ('crashed' in outcome) return { failed: outcome.crashed, code: 'evaluation_broken' };
    const { message, code } = outcome.error;
    if (code !== undefined) return { failed: message, code };
    const failed = `The checkout could not be probed: ${message}.`;
    return { failed, code: 'evaluation_broken', cause: reviveError(outcome.error) };
  }
}

const HUNG = 'The file system of the checkout did not answer in time.';
const LEFT_ALONE: FailedProbe = {
  failed: 'The file system of the checkout did not answer a short while ago; it is asked again later.',
  code: 'probe_timed_out',
};
