/** Ends a process whose threads never return from a hung file system. */
import type { Worker } from 'node:worker_threads';

const watched = new Set<ReadonlySet<Worker>>();

/**
 * Lets the process end although threads hang in the kernel: Node would wait for them, for ever.
 * @param stuck the threads that were abandoned and have not ended; looked at when the process exits
 */
export function exitDespiteStuckThreads(stuck: ReadonlySet<Worker>): void {
  if (watched.size === 0) process.once('exit', leave);
  watched.add(stuck);
}

function leave(): void {
  const count = [...watched].reduce((sum, stuck) => sum + stuck.size, 0);
  // Everything has been closed and written by now; the exit code is lost with it, which a log line tells.
  if (count === 0) return;
  process.stderr.write(`doi: ends by SIGKILL, since ${count} file system call(s) never returned.\n`);
  process.kill(process.pid, 'SIGKILL');
}
