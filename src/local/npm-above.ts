/** The npm that started this process: a signal that ends npm alone leaves what it started running for ever. */
import { isAlive, parentOf, processBirth, wasStartedByNpm } from './process-identity.js';

const POLL_MS = 1000;

interface Starter {
  readonly pid: number;
  readonly born: string | null;
}

/**
 * Calls `onGone` once when npm, or the shell by which npm starts a script, is gone. Does nothing where `npm start` of
 * this package did not start this process: what was started otherwise outlives its shell.
 * @returns what ends the watch
 */
export function watchNpmAbove(env: NodeJS.ProcessEnv, onGone: () => void): () => void {
  if (env['npm_lifecycle_event'] !== 'start' || env['npm_package_name'] !== 'doi-worker') return () => {};
  const starters = findStarters();
  const timer = setInterval(() => {
    if (starters.every(({ pid, born }) => isAlive(pid) && processBirth(pid) === born)) return;
    clearInterval(timer);
    onGone();
  }, POLL_MS);
  // It must not keep a process alive that has nothing else to do.
  timer.unref();
  return () => clearInterval(timer);
}

/** The processes above this one, up to npm. Where the system does not tell what started them, the parent alone. */
function findStarters(): Starter[] {
  const starters: Starter[] = [];
  for (let pid: number | undefined = process.ppid; pid !== undefined && pid > 0; pid = parentOf(pid)) {
    starters.push({ pid, born: processBirth(pid) });
    if (!wasStartedByNpm(pid)) break;
  }
  return starters;
}
