/** Probes any number of checkouts in threads, one a device, and skips for a while a file system that does not answer. */

import { MountTable } from '../../checkout/mounts.js';
import type { ErrorCode } from '../../domain/errors.js';
import { distPath } from '../../platform/process/package-root.js';
import { expandHome } from '../../platform/settings/setting-forms.js';
import { ThreadLanes } from '../../platform/threads/thread-lanes.js';
import { type Outcome, reviveError } from '../../platform/threads/thread-outcome.js';
import type { CheckoutProbe, CheckoutTarget, ProbeCheckoutOptions } from './probe-checkout.js';
import type { ProbeTask } from './thread.js';

/** A checkout that could not be probed at all. */
export interface FailedProbe {
  /** Why, as a sentence. */
  readonly failed: string;
  readonly code: ErrorCode;
  /** The unexpected error itself, for a log. */
  readonly cause?: Error;
}
export type ProbeOutcome = (CheckoutProbe | FailedProbe) & {
  /** How long the probe took, in milliseconds. */
  readonly tookMs: number;
};

export interface ProbeOptions extends ProbeCheckoutOptions {
  /**
   * Two limits in milliseconds: how long the probe of one checkout may take; and how long one file system call may take,
   * not counting time in which this process was late.
   */
  readonly timeoutMs: number;
}

interface Hung {
  readonly until: number;
  readonly pause: number;
}

const FIRST_PAUSE = 30_000;
// A local file system that seems to hang is mostly just busy, so its first pause is short.
const FIRST_LOCAL_PAUSE = 5_000;
// A thread that hangs in the kernel cannot be ended, and each try leaves one more: so the pauses grow.
const LONGEST_PAUSE = 3_600_000;

// How long the list of mounts is used: until it is read again, a new mount shares a thread with the file system below it.
const MOUNTS_MS = 1000;

export class CheckoutProber {
  readonly #threads: ThreadLanes<ProbeTask, CheckoutProbe>;
  readonly #now: () => number;
  readonly #mounts: MountTable;
  readonly #hung = new Map<string, Hung>();
  /** Checkouts that were probed without their head, because `.git` did not answer: it may lead to another mount. */
  readonly #hungHeads = new Map<string, Hung>();
  /** The real paths of checkouts that lie on another device than their path names. */
  readonly #realPaths = new Map<string, string>();

  /**
   * @param options for tests. `entry`: another compiled thread; `now`: another clock that never goes back, in
   *   milliseconds; `mountinfo`: another list of what is mounted
   */
  constructor(
    options: { readonly entry?: string; readonly now?: () => number; readonly mountinfo?: string } = {},
  ) {
    const entry = options.entry ?? distPath('inputs/probe/thread.js');
    this.#threads = new ThreadLanes(entry, {
      nameOf: ({ target }) => pathOf(target),
      skip: ({ target }) => this.#isLeftAlone(target),
    });
    this.#now = options.now ?? (() => performance.now());
    this.#mounts = new MountTable(options.mountinfo, this.#now);
  }

  /** How many threads were abandoned and still hang. Node cannot exit by itself while there is one. */
  get stuckThreads(): number {
    return this.#threads.stuck;
  }

  /** How many threads there are besides those. */
  get threads(): number {
    return this.#threads.threads;
  }

  /**
   * Probes checkouts, an outcome for each id. It never throws for what a checkout or its file system does. Where a checkout
   * on a local file system hung with its head, it is probed again without the head.
   */
  async probe(targets: readonly CheckoutTarget[], options: ProbeOptions): Promise<Map<string, ProbeOutcome>> {
    const { timeoutMs, ...rest } = options;
    const results = new Map<string, ProbeOutcome>();
    const probeThose = async ([device, those]: [string, CheckoutTarget[]]) => {
      const isPatient = those[0] !== undefined && !this.#isRemote(those[0]);
      const run = async (tasks: readonly ProbeTask[], isAgain: boolean) => {
        const headless: ProbeTask[] = [];
        const onOutcome = (index: number, outcome: Outcome<CheckoutProbe>, tookMs: number) => {
          const task = tasks[index];
          if (task === undefined) return;
          const { target } = task;
          if (task.options.head && isPatient && 'hung' in outcome)
            return void headless.push({ target, options: { ...rest, head: false } });
          if ('answer' in outcome)
            this.#noteHead(target, task.options.head ? 'read' : isAgain ? 'hung' : 'unread');
          results.set(target.id, { ...this.#note(target, outcome), tookMs });
        };
        await this.#threads.run(device, tasks, { limits: { timeoutMs, isPatient }, onOutcome });
        if (headless.length > 0) await run(headless, true);
      };
      await run(
        those.map((target) => ({ target, options: this.#withoutHungHead(target, rest) })),
        false,
      );
    };
    await Promise.all([...this.#byDevice(targets)].map(probeThose));
    return results;
  }

  /** The device that a checkout is expected to lie on, so that no checkout on another one waits for it. */
  deviceOf(target: CheckoutTarget): string {
    this.#mounts.refresh(MOUNTS_MS);
    return this.#mounts.mountOf(this.#wayTo(target))?.device ?? '';
  }

  /** Ends the threads; probes under way fail. */
  async close(): Promise<void> {
    await this.#threads.close();
  }

  #byDevice(targets: readonly CheckoutTarget[]): Map<string, CheckoutTarget[]> {
    const devices = new Map<string, CheckoutTarget[]>();
    for (const target of targets) {
      const device = this.deviceOf(target);
      const those = devices.get(device);
      if (those === undefined) devices.set(device, [target]);
      else those.push(target);
    }
    return devices;
  }

  /** The path to a checkout; the real one where that is known to be on another device. */
  #wayTo(target: CheckoutTarget): string {
    const path = pathOf(target);
    return this.#realPaths.get(path) ?? path;
  }

  #isLeftAlone(target: CheckoutTarget): boolean {
    const hung = this.#hung.size === 0 ? undefined : this.#hung.get(this.#place(target));
    return hung !== undefined && this.#now() < hung.until;
  }

  #withoutHungHead(target: CheckoutTarget, options: ProbeCheckoutOptions): ProbeCheckoutOptions {
    const hung = options.head ? this.#hungHeads.get(pathOf(target)) : undefined;
    return hung !== undefined && this.#now() < hung.until ? { ...options, head: false } : options;
  }

  #noteHead(target: CheckoutTarget, state: 'read' | 'hung' | 'unread'): void {
    const path = pathOf(target);
    if (state === 'read') this.#hungHeads.delete(path);
    if (state !== 'hung') return;
    const before = this.#hungHeads.get(path)?.pause ?? FIRST_PAUSE / 2;
    const pause = Math.min(before * 2, LONGEST_PAUSE);
    this.#hungHeads.set(path, { until: this.#now() + pause, pause });
  }

  #isRemote(target: CheckoutTarget): boolean {
    return this.#mounts.mountOf(this.#wayTo(target))?.isRemote === true;
  }

  /** What is likely to hang together with a checkout: its whole device where that is remote, else only its path. */
  #place(target: CheckoutTarget): string {
    const way = this.#wayTo(target);
    const mount = this.#mounts.mountOf(way);
    return mount?.isRemote ? mount.device : way;
  }

  #rememberWay(target: CheckoutTarget, { realPath }: CheckoutProbe): void {
    const path = pathOf(target);
    const isElsewhere =
      realPath !== null && this.#mounts.mountOf(realPath)?.device !== this.#mounts.mountOf(path)?.device;
    if (isElsewhere) this.#realPaths.set(path, realPath);
    else this.#realPaths.delete(path);
  }

  #note(target: CheckoutTarget, outcome: Outcome<CheckoutProbe>): CheckoutProbe | FailedProbe {
    if ('answer' in outcome || 'late' in outcome) {
      if ('answer' in outcome) this.#rememberWay(target, outcome.answer);
      this.#hung.delete(pathOf(target));
      if (this.#hung.size > 0) this.#hung.delete(this.#place(target));
      return 'answer' in outcome ? outcome.answer : LATE;
    }
    if ('hung' in outcome) return this.#noteHung(target);
    if ('skipped' in outcome) return LEFT_ALONE;
    if ('unstarted' in outcome) return { failed: outcome.unstarted, code: 'internal' };
    // A thread that breaks on one checkout is a failure of that repository: a host problem would stop all others for good.
    if ('crashed' in outcome) return { failed: outcome.crashed, code: 'evaluation_broken' };
    const { message, code } = outcome.error;
    if (code !== undefined) return { failed: message, code };
    const failed = `The checkout could not be probed: ${message}.`;
    return { failed, code: 'evaluation_broken', cause: reviveError(outcome.error) };
  }

  /** Skips for a while what hung: a remote file system from the first time on, a local one from the second time in a row. */
  #noteHung(target: CheckoutTarget): FailedProbe {
    this.#mounts.refresh(0);
    const place = this.#place(target);
    const before = this.#hung.get(place);
    const isRemote = this.#isRemote(target);
    if (before === undefined && !isRemote) {
      this.#hung.set(place, { until: Number.NEGATIVE_INFINITY, pause: FIRST_LOCAL_PAUSE / 2 });
      return LATE;
    }
    const pause = Math.min((before?.pause ?? FIRST_PAUSE / 2) * 2, LONGEST_PAUSE);
    this.#hung.set(place, { until: this.#now() + pause, pause });
    return HUNG;
  }
}

function pathOf({ path }: CheckoutTarget): string {
  return expandHome(path ?? '');
}

const LATE: FailedProbe = {
  failed: 'The checkout was not read in time: it is large, or this host or its file system is slow.',
  code: 'probe_timed_out',
};
const HUNG: FailedProbe = {
  failed: 'The file system of the checkout did not answer in time.',
  code: 'probe_timed_out',
};
const LEFT_ALONE: FailedProbe = {
  failed:
    'The file system of the checkout did not answer a short while ago; this process probes it again later.',
  code: 'probe_timed_out',
};
