/** Writes a file that a person named, so that a reader finds either the old content or all of the new. */
import { randomBytes } from 'node:crypto';
import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DoiError } from '../domain/errors.js';
import { cleanText } from '../domain/text.js';
import { errnoOf, isGone } from '../platform/file-errors.js';

/**
 * Writes beside the file and renames. Where the file is a link, the link stays and its target is written.
 * @throws {DoiError} `output_unwritable`
 */
export async function writeOutputFile(file: string, text: string): Promise<void> {
  try {
    const target = await findTarget(file);
    const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
    try {
      // Refused where it exists: a link of this name would lead the text elsewhere.
      await writeFile(temporary, text, { flag: 'wx' });
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw unwritable(file, `could not be written (${errno})`, error);
  }
}

/** A rename over a device, such as /dev/stdout, would replace it. */
async function findTarget(file: string): Promise<string> {
  const target = await realpath(file).catch((error: unknown) => {
    if (isGone(error)) return file;
    throw error;
  });
  const isOther = await stat(target).then(
    (found) => !found.isFile(),
    () => false,
  );
  if (isOther) throw unwritable(file, 'is there, and no regular file');
  return target;
}

function unwritable(file: string, what: string, cause?: unknown): DoiError {
  const remedy = 'Name a file in a folder that exists, and that this user may write.';
  return new DoiError('output_unwritable', `${cleanText(file, 400)} ${what}.`, remedy, { cause });
}
