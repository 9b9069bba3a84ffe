/**
 * Creates a file in a checkout. Promise: nothing that is there is changed or replaced, whatever takes its place meanwhile; the
 * file lies inside the checkout; and a file that could not be written in full is not left behind.
 */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { posix } from 'node:path';
import { DoiError } from '../domain/errors.js';
import { errnoOf } from '../platform/file-errors.js';
import { type BytePath, bytePath, joinPath, shownPath, toBytes } from './byte-path.js';
import { fileStep, lstat } from './file-calls.js';
import { locate } from './locate.js';
import { again, DESCRIPTORS, MovedWhileOpened, openInside } from './open-inside.js';

export interface CreateOptions {
  /** The folder below the root, which is made where it is absent; undefined for the root itself. */
  readonly folder?: string | undefined;
  /** One name. */
  readonly name: string;
  readonly text: string;
  /** Writes bytes to a descriptor, and returns how many. */
  readonly write?: (fd: number, bytes: Uint8Array) => number;
  /** Says, once the file is there, whether it stays. */
  readonly keep?: () => boolean;
}

export type Created = 'created' | 'present' | 'undone';

const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Creates a file. A folder on its path that is a link is used only where that leads to a folder inside the checkout.
 * @param realRoot the real path of the checkout's folder
 * @returns `present` where something of that name is there already, which stays as it is; `undone` where it was not kept
 * @throws {DoiError} `file_not_written`
 */
export function createInside(realRoot: BytePath, options: CreateOptions): Created {
  const { folder, name } = options;
  const shown = shownPath(bytePath(folder === undefined ? name : `${folder}/${name}`));
  try {
    return again(() => {
      if (folder === undefined)
        return openInside(realRoot, { path: realRoot, folder: true }, (fd) => create(fd, realRoot, options));
      const path = makeFolder(realRoot, folder);
      return openInside(realRoot, { path, folder: true }, (fd) => create(fd, path, options));
    });
  } catch (error) {
    if (error instanceof DoiError) throw error;
    throw notWritten(shown, error);
  }
}

/** Makes a folder below the root unless it is there. @returns its real path */
function makeFolder(realRoot: BytePath, folder: string): BytePath {
  openInside(realRoot, { path: realRoot, folder: true }, (fd) => {
    try {
      mkdirSync(toBytes(below(fd, realRoot, folder)));
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
  });
  const path = findFolder(realRoot, folder);
  if (path !== undefined) return path;
  const found = `${folder} is no folder inside the checkout, or belongs to another repository (a submodule), so nothing was written there.`;
  throw new DoiError(
    'file_not_written',
    found,
    `Make ${folder} a folder of the checkout, and repeat the command.`,
  );
}

/**
 * Finds a folder below the root in which files may be created.
 * @param realRoot the real path of the checkout's folder
 * @returns its real path; undefined where it is no folder inside the checkout, or belongs to a repository of its own
 */
export function findFolder(realRoot: BytePath, folder: string): BytePath | undefined {
  const at = locate(realRoot, bytePath(folder));
  if (at.state !== 'found' || !at.stat.isDirectory()) return undefined;
  for (let path = at.path; path !== realRoot; path = posix.dirname(path))
    if (lstat(joinPath(path, '.git')) !== undefined) return undefined;
  return at.path;
}

/** A path by the descriptor of the folder that was opened, so that nothing can take its place; without /proc, by its path. */
function below(fd: number, path: BytePath, name: string): BytePath {
  const folder = `${DESCRIPTORS}/${fd}`;
  return joinPath(lstat(folder) === undefined ? path : folder, bytePath(name));
}

function create(folder: number, path: BytePath, options: CreateOptions): Created {
  const { name, text, write = writeSync, keep } = options;
  const at = toBytes(below(folder, path, name));
  fileStep();
  let fd: number;
  try {
    fd = openSync(at, NEW, 0o666);
  } catch (error) {
    // ELOOP: a link is there, which O_EXCL does not follow either.
    if (['EEXIST', 'ELOOP'].includes(errnoOf(error) ?? '')) return 'present';
    throw error;
  }
  const { dev, ino } = fstatSync(fd, { bigint: true });
  const remove = () => {
    const there = lstat(at.toString('latin1'));
    if (there?.ino === ino && there.dev === dev) unlinkSync(at);
  };
  try {
    const bytes = Buffer.from(text, 'utf8');
    for (let done = 0; done < bytes.length; ) done += write(fd, bytes.subarray(done));
    // A full disk may show only now.
    fsyncSync(fd);
    if (keep?.() === false) {
      remove();
      return 'undone';
    }
  } catch (error) {
    remove();
    throw error;
  } finally {
    closeSync(fd);
  }
  return 'created';
}

const REASONS: Readonly<Record<string, readonly [why: string, remedy: string]>> = {
  ENOSPC: ['the disk is full', 'Make room on it'],
  EDQUOT: ["this user's share of the disk is used up", 'Make room'],
  EROFS: ['the file system is read-only', 'Mount it for writing'],
  EACCES: ['this user may not write there', 'Let this user write to the folder, or run it as the owner'],
  EPERM: ['this user may not write there', 'Let this user write to the folder, or run it as the owner'],
};

function notWritten(shown: string, error: unknown): unknown {
  if (error instanceof MovedWhileOpened) {
    const found = `${shown} was not written: its folder was moved or replaced meanwhile.`;
    return new DoiError(
      'file_not_written',
      found,
      'Wait until the checkout is at rest, and repeat the command.',
    );
  }
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  const [why, remedy] = REASONS[errno] ?? ['the file system refused it', 'See that the disk is healthy'];
  const found = `${shown} was not written: ${why} (${errno}).`;
  return new DoiError('file_not_written', found, `${remedy}, and repeat the command.`, { cause: error });
}
