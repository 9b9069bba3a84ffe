/**
 * Opens a file or a folder of a checkout. Promise: whatever is moved or replaced between finding and opening it, the
 * descriptor is of something inside the checkout, and opening it neither blocks nor follows a link.
 */
import { closeSync, constants, openSync, readlinkSync } from 'node:fs';
import { errnoOf, isGone } from '../platform/file-errors.js';
import { type BytePath, isInside, toBytes } from './byte-path.js';
import { fileStep, realPath } from './file-calls.js';

/** Something was moved or replaced after it was found and before it was opened: the caller must find it again. */
export class MovedWhileOpened extends Error {
  override readonly name = 'MovedWhileOpened';
}

const SAFE = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
/** The folder in which Linux shows the path of each open descriptor. */
export const DESCRIPTORS = '/proc/self/fd';

/** What to open, and how. */
export interface OpenOptions {
  /** A real path inside the root; a folder on it may have become a link after it was found. */
  readonly path: BytePath;
  /** Whether it is to be a folder. */
  readonly folder?: boolean;
  /** {@link DESCRIPTORS}, or another folder in its place. */
  readonly descriptors?: string;
}

/**
 * Opens a path and calls `use` with the descriptor, which `use` must not keep.
 * @throws {MovedWhileOpened} where the path leads elsewhere now; the file system's own errors
 */
export function openInside<T>(realRoot: BytePath, options: OpenOptions, use: (fd: number) => T): T {
  const fd = open(options);
  try {
    confirmInside(fd, realRoot, options);
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

function open({ path, folder = false }: OpenOptions): number {
  fileStep();
  try {
    return openSync(toBytes(path), folder ? SAFE | constants.O_DIRECTORY : SAFE);
  } catch (error) {
    // ELOOP: it is a link now. ENXIO: it is a socket now.
    if (isGone(error) || ['ELOOP', 'ENXIO'].includes(errnoOf(error) ?? '')) {
      throw new MovedWhileOpened('What was found is not there any more.', { cause: error });
    }
    throw error;
  }
}

function confirmInside(
  fd: number,
  realRoot: BytePath,
  { path, descriptors = DESCRIPTORS }: OpenOptions,
): void {
  const opened = openedPath(fd, descriptors);
  // Without /proc: `path` was real before it was opened, and must still be so now.
  const inside = opened === undefined ? realPath(path) === path : isInside(realRoot, opened);
  if (!inside) throw new MovedWhileOpened('What was opened does not lie inside the checkout.');
}

function openedPath(fd: number, descriptors: string): BytePath | undefined {
  try {
    return readlinkSync(`${descriptors}/${fd}`, { encoding: 'latin1' });
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

const ATTEMPTS = 5;

/** Calls `attempt` again, a few times, when something was moved during it. */
export function again<T>(attempt: () => T): T {
  for (let left = ATTEMPTS; ; left -= 1) {
    try {
      return attempt();
    } catch (error) {
      if (!(error instanceof MovedWhileOpened) || left <= 1) throw error;
    }
  }
}
