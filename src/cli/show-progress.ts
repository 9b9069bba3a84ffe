/** A sweep's progress bar on a terminal; elsewhere nothing, so that logs stay short. */
import cliProgress from 'cli-progress';
import type { SweepProgress } from '../cache/sweeps.js';
import type { Output } from './context.js';
import { PaceMeter, showDuration } from './pace.js';

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
