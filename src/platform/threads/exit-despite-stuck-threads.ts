/** Lets a process end although some of its threads never return from a hung file system. */
import type { Worker } from 'node:worker_threads';

const watched = new Set<ReadonlySet<Worker>>();

/**
 * Makes the process end although threads hang in the kernel, for which Node would wait for ever.
 * @param stuck the abandoned threads that have not ended, read when the process exits
 */
export function exitDespiteStuckThreads(stuck: ReadonlySet<Worker>): void {
  if (watched.size === 0) process.once('exit', killIfStuck);
  watched.add(stuck);
}

function killIfStuck(): void {
  const count = [...watched].reduce((sum, stuck) => sum + stuck.size, 0);
  // Everything is closed and written by now. SIGKILL loses the exit code, so a line says why.
  if (count === 0) return;
  process.stderr.write(`doi: ends by SIGKILL, since ${count} file system call(s) never returned.\n`);
  process.kill(process.pid, 'SIGKILL');
}
