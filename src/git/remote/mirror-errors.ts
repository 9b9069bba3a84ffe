/** Words errors of the file system in the folder of the mirrors, which this program and git write. */
import { DoiError } from '../../domain/errors.js';
import { errnoOf, fileError } from '../../platform/file-errors.js';

const REFUSED = new Set(['EROFS', 'EACCES', 'EPERM']);
const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** Runs what works on a mirror, and words the file system's errors. @throws {DoiError} `file_unreadable`; `host_exhausted` */
export async function withMirrorErrors<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const errno = errnoOf(error) ?? '';
    if (REFUSED.has(errno)) throw writeRefused(errno, error);
    if (FULL.has(errno)) throw diskFull(error);
    throw fileError(error, 'The folder of the mirrors (DOI_MIRRORS)');
  }
}

// Texts of git; what a server says follows `remote: `, and is not believed.
const NO_RIGHTS = /permission denied|operation not permitted|read-only file system/i;
// Of its own objects: it names no path.
const NO_OBJECT = /insufficient permission for adding an object/i;
const NO_SPACE = /no space left on device|disk quota exceeded/i;

/**
 * The error where git could not write into its own repository; undefined where what it printed says no such thing.
 * @param gitDir undefined for a git that works on no repository
 */
export function writeError(messages: string, gitDir: string | undefined): DoiError | undefined {
  for (const line of messages.split('\n')) {
    if (line.startsWith('remote: ')) continue;
    if (NO_SPACE.test(line)) return diskFull();
    const isOwn = gitDir !== undefined && line.includes(`'${gitDir}/`);
    const why = isOwn ? NO_RIGHTS.exec(line)?.[0] : NO_OBJECT.exec(line)?.[0];
    if (why !== undefined) return writeRefused(why);
  }
  return undefined;
}

function writeRefused(why: string, cause?: unknown): DoiError {
  const found = `The folder of the mirrors (DOI_MIRRORS) cannot be written: ${why}.`;
  const remedy = 'Let the user that runs the worker write to DOI_MIRRORS, or set it to another folder.';
  return new DoiError('file_unreadable', found, remedy, { cause });
}

function diskFull(cause?: unknown): DoiError {
  const found = 'The disk of the mirrors is full (DOI_MIRRORS).';
  const remedy = 'Free space there, or move DOI_MIRRORS to a larger disk.';
  return new DoiError('host_exhausted', found, remedy, { cause });
}
