/** How fast something goes, and how long the rest will take: by its last ten seconds, so that a burst at first soon counts no more. */

const WINDOW_MS = 10_000;
/** Before this time a rate says nothing. */
const LEAST_MS = 1000;

export interface Pace {
  /** A second; undefined where too little has happened to tell. */
  readonly rate: number | undefined;
  /** Seconds that the rest will take, at this rate. */
  readonly left: number | undefined;
}

interface Sample {
  readonly at: number;
  readonly value: number;
}

export class PaceMeter {
  #samples: Sample[] = [];

  /** @param at milliseconds of any clock that only goes forward */
  measure(at: number, value: number, total: number): Pace {
    this.#samples.push({ at, value });
    // The last one before the window is kept: it says where the window began.
    const within = this.#samples.findIndex((sample) => at - sample.at < WINDOW_MS);
    this.#samples.splice(0, Math.max(within - 1, 0));
    const [first] = this.#samples;
    const took = first === undefined ? 0 : at - first.at;
    const made = first === undefined ? 0 : value - first.value;
    if (took < LEAST_MS || made <= 0) return { rate: undefined, left: undefined };
    const rate = (1000 * made) / took;
    return { rate, left: Math.max(total - value, 0) / rate };
  }

  /** Begins anew, for something else. */
  reset(): void {
    this.#samples = [];
  }
}

/** A duration to be read at a glance: `8 s`, `3 min`, `2 h 5 min`. */
export function showDuration(seconds: number): string {
  if (seconds < 59.5) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
