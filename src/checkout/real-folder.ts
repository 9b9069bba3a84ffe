/** Finds the real path of a folder that a person named, and compares it with paths of the registry. */
import { realpath } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { FOREIGN_LINK } from '../domain/checkout-version.js';
import { DoiError } from '../domain/errors.js';
import { absolutePath } from '../platform/absolute-path.js';
import { expandHome } from '../platform/settings/setting-forms.js';
import { bytePath, toText } from './byte-path.js';
import { type Root, resolveRoot } from './resolve-root.js';

/** The absolute path without links. @throws {DoiError} `not_a_folder` for anything but a folder that can be reached. */
export async function realFolder(path: string): Promise<string> {
  const absolute = absolutePath(expandHome(path));
  const root = findRoot(absolute);
  if (root.state === 'absent')
    throw notAFolder(
      // What Node makes of bytes that are not UTF-8, such as in the path of the current folder.
      `${absolute} does not exist${absolute.includes('\ufffd') ? ', or its name is not UTF-8' : ''}.`,
    );
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

/** Whether a path of the registry leads to a folder of this host. */
export async function isSameFolder(registered: string, real: string): Promise<boolean> {
  const path = resolve(expandHome(registered));
  if (path === real) return true;
  // Links are followed only where the last names agree: following every registered path could wait on every mount.
  if (basename(path) !== basename(real)) return false;
  try {
    return (await realpath(path)) === real;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return false;
    throw error;
  }
}
