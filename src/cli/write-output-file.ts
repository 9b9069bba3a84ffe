/** Writes a file that a person named, so that a reader finds either the old content or all of the new. */
import { randomBytes } from 'node:crypto';
import { chmod, lstat, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { isInside } from '../checkout/byte-path.js';
import { DoiError } from '../domain/errors.js';
import { cleanText } from '../domain/text.js';
import { errnoOf, isGone } from '../platform/file-errors.js';

/**
 * Writes beside the file and renames. Where the file is a link, the link stays and its target is written; a link that leads
 * out of its folder is refused, since one in a repository could lead the text over any file of this user.
 * @throws {DoiError} `output_unwritable`
 */
export async function writeOutputFile(file: string, text: string): Promise<void> {
  try {
    const { target, mode } = await findTarget(file);
    const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
    try {
      // Refused where it exists: a link of this name would lead the text elsewhere.
      await writeFile(temporary, text, { flag: 'wx', ...(mode !== undefined && { mode: 0o600 }) });
      if (mode !== undefined) await chmod(temporary, mode);
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  } catch (error) {
    if (error instanceof DoiError) throw error;
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw unwritable(file, `could not be written (${errno})`, error);
  }
}

interface Target {
  readonly target: string;
  /** The permissions of the file that is there. */
  readonly mode?: number;
}

/** A rename over a device or a pipe would replace it, and over `/dev/stdout` the file that standard output is. */
async function findTarget(file: string): Promise<Target> {
  if (/^\/(?:proc\/|dev\/(?:fd\/|[^/]+$))/.test(resolve(file)))
    throw unwritable(file, 'exists and is not a regular file');
  await requireOwnFolder(file);
  const found = await lstat(file).catch(ignoreGone);
  if (found === undefined) return { target: file };
  const target = await realpath(file).catch(ignoreGone);
  if (found.isSymbolicLink() && (target === undefined || !isInside(await realpath(dirname(file)), target)))
    throw unwritable(file, 'is a link that leads out of its folder, or to nothing');
  if (target === undefined) return { target: file };
  const old = await stat(target);
  if (!old.isFile()) throw unwritable(file, 'exists and is not a regular file');
  return { target, mode: old.mode & 0o777 };
}

/** A relative path without `..` names a file below the current folder, so no folder on its way may be a link out of that. */
async function requireOwnFolder(file: string): Promise<void> {
  if (isAbsolute(file) || file.split(sep).includes('..')) return;
  const folder = await realpath(dirname(file)).catch(ignoreGone);
  if (folder !== undefined && !isInside(await realpath('.'), folder))
    throw unwritable(file, 'lies in a folder that is a link out of the current folder');
}

function ignoreGone(error: unknown): undefined {
  if (!isGone(error)) throw error;
}

function unwritable(file: string, what: string, cause?: unknown): DoiError {
  const remedy = 'Name a file in a folder that exists, and that this user may write.';
  return new DoiError('output_unwritable', `${cleanText(file, 400)} ${what}.`, remedy, { cause });
}
