/** The real path of a folder that a person named. */
import { realpath, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { DoiError } from '../domain/errors.js';
import { expandHome } from '../platform/expand-home.js';

/** The absolute path without links. @throws {DoiError} `not_a_folder` for anything but a folder that can be reached. */
export async function realFolder(path: string): Promise<string> {
  const absolute = resolve(expandHome(path));
  try {
    const real = await realpath(absolute);
    if ((await stat(real)).isDirectory()) return real;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const what = code === 'ENOENT' ? 'does not exist' : `could not be looked at (${code})`;
    throw new DoiError('not_a_folder', `${absolute} ${what}.`, 'Give the path of a folder.', {
      cause: error,
    });
  }
  throw new DoiError('not_a_folder', `${absolute} is not a folder.`, 'Give the path of a folder.');
}

/** Whether a path of the registry is that of a folder on this host. Follows links only where the last names agree. */
export async function isSameFolder(registered: string, real: string): Promise<boolean> {
  const path = resolve(expandHome(registered));
  if (path === real) return true;
  // Looking at every registered path could wait on every mount there is.
  if (basename(path) !== basename(real)) return false;
  try {
    return (await realpath(path)) === real;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return false;
    throw error;
  }
}
