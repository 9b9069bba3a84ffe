/** Handles what no other code catches: an output that cannot be written, and an uncaught error. */
import { EXIT, type Io } from './context.js';

let isServing = false;

/** From now on the process continues without output: serving is more important than printing. */
export function serveWithoutOutput(): void {
  isServing = true;
}

/**
 * Ends a command whose answer cannot be written: with its own exit code where the reader has closed the pipe, else with 3.
 * An uncaught error ends it with 3 too: Node's own 1 would mean that a repository is below its tier.
 */
export function endOnUncaught(io: Io): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', ({ code }: NodeJS.ErrnoException) => {
      // Where the terminal is gone, the process also gets a signal, which stops it in order.
      if (isServing || (code === 'EIO' && stream.isTTY)) return;
      // A reader such as `head` closes the pipe when it has read enough: no error, and the verdict stands. The command has
      // set `process.exitCode` before it wrote.
      if (code === 'EPIPE') process.exit();
      if (stream === process.stdout) {
        const remedy = 'Make room where it is written, or write it elsewhere.';
        io.stderr.write(`doi: Standard output could not be written (${code}).\n  ${remedy}\n`);
      }
      process.exit(EXIT.broken);
    });
  }
  process.on('uncaughtException', async (error) => {
    // A process that serves handles this itself.
    if (isServing) return;
    const { printError } = await import('./print-error.js');
    printError(error, io);
    process.exit(EXIT.broken);
  });
}
