/** Marks what a process makes with the process itself, so that others find out whether it has ended. */
import { createHash } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { errnoOf } from '../file-errors.js';
import { isAlive, processBirth } from './process-identity.js';

const MARK = /^(\d+)-([\da-f]+)-(\d+)$/;

/** The mark of this process, fit for the name of a file: its id, its birth, and the namespace that its id is of. */
export function ownMark(): string {
  return `${process.pid}-${birthOf(process.pid)}-${processNamespace()}`;
}

/**
 * Whether the process of a mark runs.
 * @returns undefined for what is no mark, and for a process of another namespace, such as a container: it may be alive although
 *   its number is not known here
 */
export function isMarkAlive(mark: string): boolean | undefined {
  const [, pid = '', birth, namespace] = MARK.exec(mark) ?? [];
  if (pid === '' || namespace !== processNamespace()) return undefined;
  return isAlive(Number(pid)) && birthOf(Number(pid)) === birth;
}

/** When a process began, as some hexadecimal digits; `0` where the system does not say. */
function birthOf(pid: number): string {
  const birth = processBirth(pid);
  return birth === null ? '0' : createHash('sha256').update(birth).digest('hex').slice(0, 12);
}

/** The number of the namespace that this process's id is of; 0 where the system has none. */
function processNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return '0';
  }
}
