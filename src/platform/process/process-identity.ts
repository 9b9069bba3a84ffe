/** Identifies processes: whether one is alive, when it began, and what started it. A process id alone is used again. */
import { readFileSync } from 'node:fs';

/** Whether a process with this id runs, of any user. A zombie, which has ended but was not waited for, does not run. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const state = readStat(pid)?.[0];
  return state !== 'Z' && state !== 'X';
}

/**
 * The boot and the time within it at which a process began, as text; null where the process is gone or the system has no
 * /proc.
 */
export function processBirth(pid: number): string | null {
  const started = readStat(pid)?.[19];
  return started === undefined ? null : `${readIfThere('/proc/sys/kernel/random/boot_id').trim()}:${started}`;
}

/** The parent of a process; undefined where the process is gone or the system has no /proc. */
export function parentOf(pid: number): number | undefined {
  const parent = readStat(pid)?.[1];
  return parent === undefined ? undefined : Number(parent);
}

/** Whether npm started a process, by the environment that npm gives it; false where that cannot be read. */
export function wasStartedByNpm(pid: number): boolean {
  return /(?:^|\0)npm_lifecycle_event=/.test(readIfThere(`/proc/${pid}/environ`));
}

/** The fields of /proc/<pid>/stat from the third on; undefined where there is no such file. */
function readStat(pid: number): string[] | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  // The second field, the name in parentheses, may itself contain spaces and parentheses.
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The process is gone, or the system has no /proc: callers treat both as not known.
    return '';
  }
}

const POLL_MS = 1000;

interface Starter {
  readonly pid: number;
  readonly born: string | null;
}

/**
 * Calls `onGone` once when npm, or the shell by which npm starts a script, is gone: a signal that ends npm alone would
 * leave this process running for ever. Does nothing where `npm start` of this package did not start this process: a process
 * that was started in another way outlives its shell.
 * @returns a function that ends the watch
 */
export function watchNpmAbove(env: NodeJS.ProcessEnv, onGone: () => void): () => void {
  if (env['npm_lifecycle_event'] !== 'start' || env['npm_package_name'] !== 'doi-worker') return () => {};
  const starters = findStarters();
  const timer = setInterval(() => {
    if (starters.every(({ pid, born }) => isAlive(pid) && processBirth(pid) === born)) return;
    clearInterval(timer);
    onGone();
  }, POLL_MS);
  // The timer must not keep a process alive that has nothing else to do.
  timer.unref();
  return () => clearInterval(timer);
}

/** The processes above this one, up to npm; only the parent where the system does not say what started it. */
function findStarters(): Starter[] {
  const starters: Starter[] = [];
  for (let pid: number | undefined = process.ppid; pid !== undefined && pid > 0; pid = parentOf(pid)) {
    starters.push({ pid, born: processBirth(pid) });
    if (!wasStartedByNpm(pid)) break;
  }
  return starters;
}
