/** Says whose trouble an error of the file system is: an input's own, or the host's. */
import { DoiError } from '../domain/errors.js';

const EXHAUSTED = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'ENOBUFS']);
// ENAMETOOLONG: no such file can exist.
const GONE = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG']);

/** The system's name of an error, such as `EACCES`. */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Whether an error says that there is nothing of that name. */
export function isGone(error: unknown): boolean {
  return GONE.has(errnoOf(error) ?? '');
}

/** Whether an error says that the process or the host has run out of files, processes or memory. */
export function isExhausted(error: unknown): boolean {
  return EXHAUSTED.has(errnoOf(error) ?? '');
}

/**
 * The error to throw where the file system refused: `host_exhausted` where the host ran out of something, else
 * `file_unreadable`. An error that is none of the file system's is returned as it is.
 * @param shown what was read, fit to show
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

/** Runs a read of the file system; what it throws comes out as {@link fileError} has it. */
export function withFileErrors<T>(shown: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw fileError(error, shown);
  }
}
