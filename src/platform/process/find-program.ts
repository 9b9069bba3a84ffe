/** Finds programs as the system would: in `PATH`, or by a path. */
import { accessSync, type BigIntStats, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { DoiError } from '../../domain/errors.js';
import { isGone, withFileErrors } from '../file-errors.js';

/** The placeholders in a command, which are filled in for each repository. */
export const PLACEHOLDER = /\{(?:path|slug)\}/;

/**
 * Refuses a program whose name a repository would decide.
 * @param whose the purpose of the command, as the beginning of a sentence
 * @throws {DoiError} `bad_configuration`
 */
export function requireFixedName(name: string, whose: string): void {
  if (!PLACEHOLDER.test(name)) return;
  const found = `${whose}'s program is ${name}, which a repository decides.`;
  const remedy = 'Name the program itself; {path} and {slug} may stand in its arguments.';
  throw new DoiError('bad_configuration', found, remedy);
}

/** The first executable file of that name, as a shell would find it: it passes over a folder that it may not search. */
export function findProgram(name: string, searchPath: string): string | undefined {
  if (name.includes('/')) {
    const path = resolve(name);
    return fileStat(path) !== undefined && isExecutable(path) ? path : undefined;
  }
  return searchPath
    .split(delimiter)
    .flatMap((folder) => (isAbsolute(folder) ? [join(folder, name)] : []))
    .find((path) => isExecutable(path) && fileStat(path) !== undefined);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Whatever the reason, the system could not start it.
    return false;
  }
}

/** A file's times and inode, by its path; undefined where no regular file is there. */
export function fileStat(path: string): BigIntStats | undefined {
  const stat = statOf(path);
  return stat?.isFile() ? stat : undefined;
}

/** Whether the path exists. */
export function isThere(path: string): boolean {
  return statOf(path) !== undefined;
}

function statOf(path: string): BigIntStats | undefined {
  try {
    // An option such as --name may hold anything, and every system call refuses NUL.
    return path.includes('\0') ? undefined : statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (isGone(error)) return undefined;
    return withFileErrors(path, () => {
      throw error;
    });
  }
}
