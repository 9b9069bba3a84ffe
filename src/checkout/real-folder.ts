/** The real path of a folder that a person gave. */
import { realpath } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { FOREIGN_LINK } from '../domain/checkout-version.js';
import { DoiError } from '../domain/errors.js';
import { expandHome } from '../platform/settings/setting-forms.js';
import { bytePath, toText } from './byte-path.js';
import { type Root, resolveRoot } from './resolve-root.js';

/** The absolute path without links. @throws {DoiError} `not_a_folder` for anything but a folder that can be reached. */
export async function realFolder(path: string): Promise<string> {
  const absolute = resolve(expandHome(path));
  const root = findRoot(absolute);
  if (root.state === 'absent') throw notAFolder(`${absolute} does not exist.`);
  if (root.state === 'foreign-link') throw notAFolder(`${absolute} ${FOREIGN_LINK}.`);
  if (!root.stat.isDirectory()) throw notAFolder(`${absolute} is not a folder.`);
  return toText(root.path);
}

function findRoot(absolute: string): Root {
  try {
    return resolveRoot(bytePath(absolute));
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw notAFolder(`${absolute} could not be read (${code}).`, error);
  }
}

function notAFolder(found: string, cause?: unknown): DoiError {
  return new DoiError('not_a_folder', found, 'Give the path of a folder.', { cause });
}

/** Whether a path of the registry is that of a folder on this host. Follows links only where the last names agree. */
export async function isSameFolder(registered: string, real: string): Promise<boolean> {
  const path = resolve(expandHome(registered));
  if (path === real) return true;
  // Reading every registered path could wait for every mount.
  if (basename(path) !== basename(real)) return false;
  try {
    return (await realpath(path)) === real;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return false;
    throw error;
  }
}
