/**
 * Checks the folder in which a bare repository keeps its objects. Promise: where it is accepted, what git reads there lies
 * in the repository itself.
 */
import type { Dirent } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { fileError, isGone } from '../platform/file-errors.js';
import { type BytePath, joinPath, shownPath, toBytes } from './byte-path.js';

/** Why objects are not read, as a sentence, and what to do. */
export interface BorrowedObjects {
  readonly found: string;
  readonly remedy: string;
}

/** Of its objects and its packs together. Git itself packs a repository from 50 packs on, of at most six files each. */
const MOST_ENTRIES = 10_000;

/** Folders below those of packs and of information from which git reads files by itself. */
const WITH_FILES: ReadonlySet<string> = new Set(['commit-graphs', 'multi-pack-index.d']);

const REPACK = 'Run "git repack -a -d" in the repository, and remove that file.';
const COPY = 'Put the files themselves in the place of the link.';
const GC = 'Run "git gc" in the repository, and remove from there what git did not write.';

/**
 * Says why the objects of a repository may lie elsewhere, or cannot be read; undefined where they do not. Calls of the file system are not
 * waited for by the thread.
 * @param repository the real path of the bare repository
 * @param ids objects whose own files are checked too
 * @throws {DoiError} `file_unreadable` or `host_exhausted` where the file system failed
 */
export async function findBorrowedObjects(
  repository: BytePath,
  ids: Iterable<string> = [],
): Promise<BorrowedObjects | undefined> {
  const objects = joinPath(repository, 'objects');
  try {
    for (const path of [objects, `${objects}/pack`, `${objects}/info`])
      if ((await kindAt(path)) === 'link') return linked(path);
    for (const name of ['alternates', 'http-alternates'])
      if ((await kindAt(`${objects}/info/${name}`)) !== 'absent') return borrows(`${objects}/info/${name}`);
    const listed = await refuseEntries([objects, `${objects}/pack`, `${objects}/info`]);
    if (listed !== undefined) return listed;
    const files = [...ids].map((id) => `${objects}/${id.slice(0, 2)}/${id.slice(2)}`);
    const kinds = await Promise.all(files.map(kindAt));
    const at = kinds.findIndex((kind) => kind === 'link' || kind === 'other');
    const file = files[at];
    if (file === undefined) return undefined;
    return kinds[at] === 'link' ? linked(file) : noFile(file);
  } catch (error) {
    throw fileError(error, `The folder ${shownPath(objects)}`);
  }
}

/**
 * Whether there is a folder for objects that have a file of their own each, in no pack.
 * @throws {DoiError} `file_unreadable` or `host_exhausted` where the file system failed
 */
export async function hasLooseFolders(repository: BytePath): Promise<boolean> {
  const objects = joinPath(repository, 'objects');
  try {
    for await (const { name } of entriesOf(objects)) if (name.length === 2) return true;
    return false;
  } catch (error) {
    throw fileError(error, `The folder ${shownPath(objects)}`);
  }
}

async function kindAt(path: BytePath): Promise<'link' | 'file' | 'other' | 'absent'> {
  try {
    const found = await lstat(toBytes(path));
    if (found.isSymbolicLink()) return 'link';
    return found.isFile() ? 'file' : 'other';
  } catch (error) {
    if (isGone(error)) return 'absent';
    throw error;
  }
}

/** Refuses folders that hold a link, what is no file, or too much to be listed for each read. */
async function refuseEntries(folders: readonly BytePath[]): Promise<BorrowedObjects | undefined> {
  let left = MOST_ENTRIES;
  const unread = [...folders];
  for (let folder = unread.shift(); folder !== undefined; folder = unread.shift()) {
    for await (const entry of entriesOf(folder)) {
      const path = joinPath(folder, entry.name);
      if (entry.isSymbolicLink()) return linked(path);
      if (!entry.isFile() && !entry.isDirectory()) return noFile(path);
      if (entry.isDirectory() && WITH_FILES.has(entry.name)) unread.push(path);
      if (left === 0) return crowded(folder);
      left -= 1;
    }
  }
  return undefined;
}

/** Nothing where there is no folder. */
async function* entriesOf(folder: BytePath): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(toBytes(folder), { encoding: 'latin1' as BufferEncoding, bufferSize: 512 });
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

function crowded(path: BytePath): BorrowedObjects {
  const most = MOST_ENTRIES.toLocaleString('en');
  return {
    found: `${shownPath(path)} has more than ${most} entries, so it takes too long to check.`,
    remedy: GC,
  };
}

function linked(path: BytePath): BorrowedObjects {
  return { found: `${shownPath(path)} is a link, so its objects may be another repository's.`, remedy: COPY };
}

/** Git would wait for ever for who writes to a pipe. */
function noFile(path: BytePath): BorrowedObjects {
  return { found: `${shownPath(path)} is not a regular file.`, remedy: 'Remove it.' };
}

function borrows(path: BytePath): BorrowedObjects {
  return { found: `${shownPath(path)} makes it borrow objects of another repository.`, remedy: REPACK };
}
