/** Ends a process whose threads never return from a hung file system. */
import type { Worker } from 'node:worker_threads';

const watched = new WeakSet<ReadonlySet<Worker>>();

/**
 * Lets the process end although threads hang in the kernel: Node would wait for them, for ever.
 * @param stuck the threads that were abandoned and have not ended; looked at when the process exits
 */
export function leaveInSpite(stuck: ReadonlySet<Worker>): void {
  if (watched.has(stuck)) return;
  watched.add(stuck);
  process.once('exit', () => {
    // Everything has been closed and written by now; the exit code is lost with it, which a log line tells.
    if (stuck.size === 0) return;
    process.stderr.write(`doi: ends by SIGKILL, since ${stuck.size} file system call(s) never returned.\n`);
    process.kill(process.pid, 'SIGKILL');
  });
}
