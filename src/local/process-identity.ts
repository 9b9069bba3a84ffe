/** Tells a process from a later one that got the same number, and what started it. */
import { readFileSync } from 'node:fs';

/** Whether a process of this number runs, whoever's it is. One that has ended but was not waited for does not. */
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
 * The boot and the moment in it at which a process began, as text; null where it is gone or where the system has no
 * /proc to tell.
 */
export function processBirth(pid: number): string | null {
  const started = readStat(pid)?.[19];
  return started === undefined ? null : `${readIfThere('/proc/sys/kernel/random/boot_id').trim()}:${started}`;
}

/** The parent of a process; undefined where it is gone or the system has no /proc to tell. */
export function parentOf(pid: number): number | undefined {
  const parent = readStat(pid)?.[1];
  return parent === undefined ? undefined : Number(parent);
}

/** Whether a process began with the environment that npm gives to what it starts; false where that cannot be read. */
export function wasStartedByNpm(pid: number): boolean {
  return /(?:^|\0)npm_lifecycle_event=/.test(readIfThere(`/proc/${pid}/environ`));
}

/** The fields of /proc/<pid>/stat from the third on; undefined where there are none. */
function readStat(pid: number): string[] | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  // The second, the name in parentheses, may itself hold blanks and parentheses.
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // No such process any more, or a system without /proc: callers treat both as "not known".
    return '';
  }
}

/* The npm that started this process: a signal that ends npm alone leaves what it started running for ever. */

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
