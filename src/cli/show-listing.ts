/** The progress bar of a listing on a terminal; nothing where the output is no terminal. */
import cliProgress from 'cli-progress';
import type { PageProgress } from '../forge/list-pages.js';
import type { Output } from './context.js';
import { showDuration } from './show-progress.js';

export interface ListingBar {
  readonly update: (progress: PageProgress) => void;
  /** Removes the bar from the terminal; may be called again. */
  readonly end: () => void;
  /** Says in its place that the forge limits this client. */
  readonly onWait: (ms: number) => void;
}

/** The width of a line without the bar. */
const TEXT_WIDTH = 40;

export function showListing(output: Output): ListingBar {
  const bar = openBar(output);
  const onWait = (ms: number) => {
    bar.end();
    output.write(`The forge limits this client: waiting ${showDuration(ms / 1000)}.\n`);
  };
  return { ...bar, onWait };
}

function openBar(output: Output): Omit<ListingBar, 'onWait'> {
  if (output.isTTY !== true) return { update: () => {}, end: () => {} };
  let isShown = false;
  const bar = new cliProgress.SingleBar(
    {
      stream: output as NodeJS.WritableStream,
      format: 'Listing {bar} {value}/{of}',
      barsize: Math.max(5, Math.min(40, (output.columns ?? 80) - TEXT_WIDTH)),
      hideCursor: true,
      clearOnComplete: true,
      emptyOnZero: true,
    },
    cliProgress.Presets.shades_classic,
  );
  return {
    update({ count, total }) {
      // A list may grow while it is read.
      const most = Math.max(count, total ?? 0);
      const of = total === undefined ? '?' : String(most);
      if (!isShown) bar.start(most, count, { of });
      bar.setTotal(most);
      bar.update(count, { of });
      isShown = true;
    },
    end() {
      if (isShown) bar.stop();
      isShown = false;
    },
  };
}
