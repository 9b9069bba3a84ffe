/** What a process does with what nobody catches: an output that cannot be written, and an error. */
import { EXIT, type Io } from './context.js';

let isServing = false;

/** From now on the process goes on without output: what it serves is worth more than what it prints. */
export function serveWithoutOutput(): void {
  isServing = true;
}

/**
 * Ends a command whose answer cannot be written: with 0 where its reader has seen enough, else with 3. An error that
 * nobody caught ends it with 3 too: Node's own 1 would say that a repository is below its tier.
 */
export function endOnWhatNobodyCatches(io: Io): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', ({ code }: NodeJS.ErrnoException) => {
      // Where the terminal is gone, a signal says so too, and what runs is stopped by that.
      if (isServing || (code === 'EIO' && stream.isTTY)) return;
      // A reader such as `head` that has seen enough is no fault.
      if (code === 'EPIPE') process.exit();
      if (stream === process.stdout) {
        const remedy = 'Make room where it is written to, or write it elsewhere.';
        io.stderr.write(`doi: Standard output could not be written (${code}).\n  ${remedy}\n`);
      }
      process.exit(EXIT.broken);
    });
  }
  process.on('uncaughtException', async (error) => {
    // Processes that serve have an end of their own for this.
    if (isServing) return;
    const { printError } = await import('./print-error.js');
    printError(error, io);
    process.exit(EXIT.broken);
  });
}
