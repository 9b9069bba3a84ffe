/** Opens a file or a folder, and checks that the opened one lies inside the checkout. */
import { closeSync, constants, openSync, readlinkSync } from 'node:fs';
import { errnoOf, isGone } from '../platform/file-errors.js';
import { type BytePath, isInside, toBytes } from './byte-path.js';
import { fileStep } from './file-steps.js';
import { realPath } from './locate.js';

/** Something was moved or replaced after it was found and before it was opened; see {@link again}. */
export class MovedWhileOpened extends Error {
  override readonly name = 'MovedWhileOpened';
}

const SAFE = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
/** Where Linux shows the path of each descriptor. */
export const DESCRIPTORS = '/proc/self/fd';

/**
 * Opens `path` and passes the descriptor to `use`, which must not keep it.
 * @param path a real path inside `realRoot`; a folder on the way may have become a link since it was found
 * @throws {MovedWhileOpened} if it has; the file system's errors
 */
export function openInside<T>(
  realRoot: BytePath,
  path: BytePath,
  use: (fd: number) => T,
  options: { readonly folder?: boolean; readonly descriptors?: string } = {},
): T {
  const fd = open(path, options.folder === true);
  try {
    confirmInside(fd, { realRoot, path, descriptors: options.descriptors ?? DESCRIPTORS });
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

function open(path: BytePath, folder: boolean): number {
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
  { realRoot, path, descriptors }: { realRoot: BytePath; path: BytePath; descriptors: string },
): void {
  const opened = openedPath(fd, descriptors);
  // Without /proc: compare the real path from before with the one now that the file is open.
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

/** Repeats an attempt, a few times, if what it opened was moved meanwhile. */
export function again<T>(attempt: () => T): T {
  for (let left = ATTEMPTS; ; left -= 1) {
    try {
      return attempt();
    } catch (error) {
      if (!(error instanceof MovedWhileOpened) || left <= 1) throw error;
    }
  }
}
