/** A progress bar on a terminal; elsewhere nothing, so that logs stay short. */
import cliProgress from 'cli-progress';
import type { SweepProgress } from '../cache/sweeps.js';
import type { Output } from './context.js';

export interface ProgressBar {
  readonly update: (progress: Pick<SweepProgress, 'total' | 'done'>) => void;
  /** Ends the bar; may be called again. */
  readonly end: () => void;
}

/** Shows a bar: done, total, rate and what is left. */
export function showProgress(output: Output): ProgressBar {
  if (output.isTTY !== true) return { update: () => {}, end: () => {} };
  const bar = new cliProgress.SingleBar(
    {
      stream: output as NodeJS.WritableStream,
      format: 'Evaluating {bar} {value}/{total} · {rate}/s · {eta_formatted} left',
      hideCursor: true,
      clearOnComplete: true,
      stopOnComplete: false,
    },
    cliProgress.Presets.shades_classic,
  );
  const began = performance.now();
  let isRunning = false;
  return {
    update({ total, done }) {
      const seconds = (performance.now() - began) / 1000;
      const rate = seconds > 0 ? (done / seconds).toFixed(1) : '0';
      if (isRunning) bar.update(done, { rate });
      else bar.start(total, done, { rate });
      isRunning = true;
    },
    end() {
      if (isRunning) bar.stop();
      isRunning = false;
    },
  };
}
