/** Waits until what was probed is old enough that a later change must show: file system clocks tick coarsely. */
import { CHECKOUT_KEYS, type CheckoutKey } from '../../domain/input.js';
import type { Clock } from '../../platform/clock.js';
import type { CheckoutProbe } from './probe-checkout.js';

/** In milliseconds; the coarsest clock known ticks every 10. */
export const SETTLE_MS = 20;
const MAX_REPEATS = 5;
/** No repeat but the first begins later than this, in milliseconds: other repositories wait. */
const REPEAT_WITHIN_MS = 1000;

export interface StableProbe {
  readonly probe: CheckoutProbe;
  /** Inputs that were still young at the end: their versions are stored with the mark of what is not settled. */
  readonly unsettled: ReadonlySet<CheckoutKey>;
}

/**
 * Probes until no input changed within the last 20 ms before the probe: once more, and up to four times more than that
 * within the first second. A ctime further in the future than that is a clock that was set back, and is not waited for.
 */
export async function probeStable(
  probeOnce: () => Promise<CheckoutProbe>,
  clock: Pick<Clock, 'now'> & { sleep(ms: number): Promise<void> },
): Promise<StableProbe> {
  const first = clock.now();
  for (let repeats = 0; ; repeats += 1) {
    // A probe takes a while: what counts is the time since it began, and, for the future, since it ended.
    const began = clock.now();
    const probe = await probeOnce();
    const ended = clock.now();
    const young = CHECKOUT_KEYS.filter((key) => {
      const ctime = probe.newestCtimes[key];
      return ctime > began - SETTLE_MS && ctime < ended + SETTLE_MS;
    });
    const isLast = repeats === MAX_REPEATS || (repeats > 0 && ended - first > REPEAT_WITHIN_MS);
    if (young.length === 0 || isLast) return { probe, unsettled: new Set(young) };
    const newest = Math.max(...young.map((key) => probe.newestCtimes[key]));
    await clock.sleep(Math.max(1, Math.ceil(newest + SETTLE_MS - ended)));
  }
}
