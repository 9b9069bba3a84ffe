/**
 * The file system calls on paths of a checkout. Promise: the process notices a hung file system, and gives up the thread
 * that waits for it, since each call that may block reports a step first.
 */
import { type BigIntStats, lstatSync, opendirSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { errnoOf, isGone } from '../platform/file-errors.js';
import { type BytePath, toBytes } from './byte-path.js';

const LATIN1 = { encoding: 'latin1' as BufferEncoding };
/** As many links on one path as Linux follows. */
export const MAX_LINKS = 40;

let onStep = () => {};

/** @param callback is called before each call; where it throws, the probe or the load ends with that */
export function watchFileSteps(callback: () => void): void {
  onStep = callback;
}

/** To be called before a call that a slow or a hung file system can hold up. */
export function fileStep(): void {
  onStep();
}

/** What a path itself names, no link at its end followed; undefined where nothing is there. */
export function lstat(path: BytePath): BigIntStats | undefined {
  fileStep();
  try {
    return lstatSync(toBytes(path), { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Where a link leads, as it is written. @throws the file system's own error, `EINVAL` for what is no link */
export function readLink(path: BytePath): BytePath {
  fileStep();
  return readlinkSync(toBytes(path), { encoding: 'latin1' });
}

/** The real path of a file or folder; undefined where nothing is there. */
export function realPath(path: BytePath): BytePath | undefined {
  fileStep();
  try {
    return realpathSync.native(toBytes(path), { encoding: 'latin1' });
  } catch (error) {
    if (isGone(error) || errnoOf(error) === 'ELOOP') return undefined;
    throw error;
  }
}

/** A folder by its path, which may be that of a descriptor. */
export interface Folder {
  readonly path: BytePath;
  /** As `stat` gives it; what it means is the file system's own. */
  readonly size: bigint;
}

// Where a folder's size grows with its entries, this size means some thousands of them.
const SMALL_FOLDER = 65_536n;

/** The names in a folder: at once where there cannot be very many, else one by one, so that a reader may stop early. */
export function* readNames({ path, size }: Folder): Generator<BytePath> {
  fileStep();
  if (size > 0n && size <= SMALL_FOLDER) {
    yield* readdirSync(toBytes(path), LATIN1);
    return;
  }
  const dir = opendirSync(toBytes(path), LATIN1);
  try {
    for (let next = dir.readSync(); next !== null; next = dir.readSync()) {
      yield next.name;
      fileStep();
    }
  } finally {
    dir.closeSync();
  }
}

/** Whether a folder has no entry at all; one that went away is not empty. */
export function isEmptyFolder(path: BytePath): boolean {
  try {
    // One by one (size 0), so that only the first name is read.
    const [first] = readNames({ path, size: 0n });
    return first === undefined;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}
