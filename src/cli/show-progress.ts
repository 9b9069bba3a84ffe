/** A sweep's progress bar on a terminal; elsewhere nothing, so that logs stay short. */
import cliProgress from 'cli-progress';
import type { SweepProgress } from '../store/sweeps.js';
import type { Output } from './context.js';

export interface ProgressBar {
  readonly update: (progress: SweepProgress) => void;
  /** Takes the bar off the terminal; may be called again. */
  readonly end: () => void;
}

/** What all but the bar itself takes of a line, with numbers of a usual length. */
const TEXT_WIDTH = 50;

/** Shows a bar: first for what is looked at, then for what is judged of that, with its rate and the time left. */
export function showProgress(output: Output, now = () => performance.now()): ProgressBar {
  if (output.isTTY !== true) return { update: () => {}, end: () => {} };
  const bar = new cliProgress.SingleBar(
    {
      stream: output as NodeJS.WritableStream,
      format: '{phase} {bar} {value}/{total}{pace}',
      barsize: Math.max(5, Math.min(40, (output.columns ?? 80) - TEXT_WIDTH)),
      hideCursor: true,
      clearOnComplete: true,
      emptyOnZero: true,
    },
    cliProgress.Presets.shades_classic,
  );
  const meter = new PaceMeter();
  let shown = '';
  return {
    update(progress) {
      const { phase, value, total } = toStep(progress);
      if (phase !== shown) meter.reset();
      const pace = describePace(meter, { at: now(), value, total });
      if (shown === '') bar.start(total, value, { phase, pace });
      if (phase !== shown) bar.setTotal(total);
      shown = phase;
      bar.update(value, { phase, pace });
    },
    end() {
      if (shown !== '') bar.stop();
      shown = '';
    },
  };
}

/** What the bar is about. What is fresh is done at once, so it would only spoil the rate of what is judged. */
function toStep({ total, done, counts }: SweepProgress): { phase: string; value: number; total: number } {
  const { probed, asked, fresh } = counts;
  if (probed < total || total === 0) return { phase: 'Looking', value: probed, total };
  const away = Object.values(counts.away).reduce((sum, count) => sum + count, 0);
  return { phase: 'Judging', value: done - fresh, total: asked - away - counts.held };
}

function describePace(meter: PaceMeter, step: { at: number; value: number; total: number }): string {
  const { rate, left } = meter.measure(step.at, step.value, step.total);
  if (rate === undefined || left === undefined) return '';
  return ` · ${rate >= 100 ? Math.round(rate) : rate.toFixed(1)}/s · ${showDuration(left)} left`;
}

/* How fast something goes, and how long the rest will take: by its last ten seconds, so that a burst at first soon counts no more. */

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
