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
