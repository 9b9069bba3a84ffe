/** A sweep's progress bar on a terminal; nothing where the output is no terminal, so that logs stay short. */
import cliProgress from 'cli-progress';
import type { SweepProgress } from '../store/sweeps.js';
import type { Output } from './context.js';

export interface ProgressBar {
  readonly update: (progress: SweepProgress) => void;
  /** Removes the bar from the terminal; may be called again. */
  readonly end: () => void;
}

/** The width of a line without the bar, for numbers of usual length. */
const TEXT_WIDTH = 50;
/** Earlier in a phase its rate and the time left would be guesses, so they are not shown. */
const LEAST_SECONDS = 1;
/** The estimate goes by so many updates. There are five a second while judging: a burst is forgotten after ten seconds. */
const ESTIMATE_UPDATES = 50;

interface Step {
  readonly phase: 'Probing' | 'Judging';
  readonly value: number;
  readonly total: number;
}

/** Shows a bar: first for the repositories that are probed, then for those that are judged, with rate and time left. */
export function showProgress(output: Output): ProgressBar {
  if (output.isTTY !== true) return { update: () => {}, end: () => {} };
  let first: (Step & { readonly at: number }) | undefined;
  const secondsOfPhase = () => (first === undefined ? 0 : (Date.now() - first.at) / 1000);
  const bar = new cliProgress.SingleBar(
    {
      stream: output as NodeJS.WritableStream,
      format: '{phase} {bar} {value}/{total}{rate}{eta_formatted}',
      // As long as nothing was done there is no number of seconds: the library then passes a text such as "INF".
      formatTime: (left: unknown) =>
        typeof left === 'number' && secondsOfPhase() >= LEAST_SECONDS ? ` · ${showDuration(left)} left` : '',
      etaBuffer: ESTIMATE_UPDATES,
      barsize: Math.max(5, Math.min(40, (output.columns ?? 80) - TEXT_WIDTH)),
      hideCursor: true,
      clearOnComplete: true,
      emptyOnZero: true,
    },
    cliProgress.Presets.shades_classic,
  );
  return {
    update(progress) {
      const step = toStep(progress);
      const { phase, value, total } = step;
      if (phase !== first?.phase) {
        first = { ...step, at: Date.now() };
        bar.start(total, value, { phase, rate: '' });
        return;
      }
      bar.setTotal(total);
      bar.update(value, { phase, rate: describeRate(value - first.value, secondsOfPhase()) });
    },
    end() {
      if (first !== undefined) bar.stop();
      first = undefined;
    },
  };
}

/** What the bar counts. Fresh repositories are done at once, so they would only distort the rate of judging. */
function toStep({ total, done, counts }: SweepProgress): Step {
  const { probed, asked, fresh } = counts;
  if (probed < total || total === 0) return { phase: 'Probing', value: probed, total };
  const away = Object.values(counts.away).reduce((sum, count) => sum + count, 0);
  return { phase: 'Judging', value: done - fresh, total: asked - away - counts.held };
}

/** The rate since the phase began. */
function describeRate(count: number, seconds: number): string {
  if (seconds < LEAST_SECONDS || count <= 0) return '';
  const rate = count / seconds;
  return ` · ${rate >= 100 ? Math.round(rate) : rate.toFixed(1)}/s`;
}

/** A duration to be read at a glance: `8 s`, `3 min`, `2 h 5 min`. */
export function showDuration(seconds: number): string {
  if (seconds < 59.5) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
