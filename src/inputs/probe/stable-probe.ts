/** Probes until every version is stable: file system clocks tick coarsely, so an edit in the same tick changes no time. */
import { CHECKOUT_KEYS, type CheckoutKey } from '../../domain/input.js';
import type { Clock } from '../../platform/clock.js';
import type { ProbeOutcome } from './checkout-prober.js';

/** In milliseconds; the coarsest clock known ticks every 10. */
export const STABLE_MS = 20;
const MAX_REPEATS = 5;
/** After so many milliseconds no repeat begins but the first, because other repositories wait. */
const REPEAT_WITHIN_MS = 1000;

export interface StableProbe {
  readonly probe: ProbeOutcome;
  /** Inputs that were still young at the end: their versions are stored with the mark of an unstable one. */
  readonly unstable: ReadonlySet<CheckoutKey>;
}

/**
 * Probes again while an input changed less than 20 ms before the probe: at least once more, and up to five times within
 * the first second. A ctime over 20 ms in the future comes from a clock that was set back and does not count. A failed
 * probe ends it.
 */
export async function probeStable(
  probeOnce: () => Promise<ProbeOutcome>,
  clock: Pick<Clock, 'now'> & { sleep(ms: number): Promise<void> },
): Promise<StableProbe> {
  const first = clock.now();
  for (let repeats = 0; ; repeats += 1) {
    // Past times are compared with the probe's beginning, future ones with its end, since a probe takes a while.
    const began = clock.now();
    const probe = await probeOnce();
    const ended = clock.now();
    const times = 'failed' in probe ? undefined : probe.newestCtimes;
    const young = CHECKOUT_KEYS.filter((key) => {
      const ctime = times?.[key] ?? 0;
      return ctime > began - STABLE_MS && ctime < ended + STABLE_MS;
    });
    const isLast = repeats === MAX_REPEATS || (repeats > 0 && ended - first > REPEAT_WITHIN_MS);
    if (young.length === 0 || isLast) return { probe, unstable: new Set(young) };
    const newest = Math.max(...young.map((key) => times?.[key] ?? 0));
    await clock.sleep(Math.max(1, Math.ceil(newest + STABLE_MS - ended)));
  }
}
