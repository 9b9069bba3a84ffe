/** Decides whether an error of the file system is the problem of one input or of the host. */
import { DoiError } from '../domain/errors.js';

const EXHAUSTED = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'ENOBUFS']);
// ENAMETOOLONG counts too: no file with such a name can exist.
const GONE = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG']);

/** The system's code of an error, such as `EACCES`. */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Whether an error says that the path does not exist. */
export function isGone(error: unknown): boolean {
  return GONE.has(errnoOf(error) ?? '');
}

/** Whether an error says that the process or the host has run out of files, processes or memory. */
export function isExhausted(error: unknown): boolean {
  return EXHAUSTED.has(errnoOf(error) ?? '');
}

/**
 * The error to throw for an error of the file system: `host_exhausted` where the host ran out of something, else
 * `file_unreadable`. Returns any other error as it is.
 * @param shown the name of what was read, fit to show
 */
export function fileError(error: unknown, shown: string): unknown {
  const errno = errnoOf(error);
  if (error instanceof DoiError || errno === undefined) return error;
  if (isExhausted(error)) {
    return new DoiError(
      'host_exhausted',
      `${shown} could not be read: this host has run out of files or memory (${errno}).`,
      'Raise the limit on open files, or give the worker less to do at once.',
      { cause: error },
    );
  }
  return new DoiError(
    'file_unreadable',
    `${shown} could not be read (${errno}).`,
    'Let the user that runs the worker read it, and see that the disk is healthy.',
    { cause: error },
  );
}

/** Runs a read of the file system, and throws its errors as {@link fileError} returns them. */
export function withFileErrors<T>(shown: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw fileError(error, shown);
  }
}
