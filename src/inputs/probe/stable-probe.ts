/** Probes until every version is stable: file system clocks tick coarsely, so an edit in the same tick changes no time. */
import { CHECKOUT_KEYS, type CheckoutKey } from '../../domain/input.js';
import type { Clock } from '../../platform/clock.js';
import type { ProbeOutcome } from './checkout-prober.js';

/** In milliseconds; the coarsest clock known ticks every 10. */
export const STABLE_MS = 20;
const MAX_REPEATS = 5;
/** No repeat but the first begins later than this, in milliseconds: other repositories wait. */
const REPEAT_WITHIN_MS = 1000;

export interface StableProbe {
  readonly probe: ProbeOutcome;
  /** Inputs that were still young at the end: their versions are stored with the mark of an unstable one. */
  readonly unstable: ReadonlySet<CheckoutKey>;
}

/**
 * Probes until no input changed within the last 20 ms before the probe: once more, and up to four times more than that
 * within the first second. A ctime further in the future than that comes from a clock that was set back, and does not
 * count. A probe that failed ends it.
 */
export async function probeStable(
  probeOnce: () => Promise<ProbeOutcome>,
  clock: Pick<Clock, 'now'> & { sleep(ms: number): Promise<void> },
): Promise<StableProbe> {
  const first = clock.now();
  for (let repeats = 0; ; repeats += 1) {
    // A probe takes a while: a time in the past is compared with its begin, one in the future with its end.
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
