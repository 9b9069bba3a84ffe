/**
 * Checks the folder in which a bare repository keeps its objects. Promise: where it is accepted, what git reads there lies
 * in the repository itself.
 */
import { lstat, opendir } from 'node:fs/promises';
import { fileError, isGone } from '../platform/file-errors.js';
import { type BytePath, joinPath, shownPath, toBytes } from './byte-path.js';

/** Why objects are not read, as a sentence, and what to do. */
export interface BorrowedObjects {
  readonly found: string;
  readonly remedy: string;
}

const REPACK = 'Run "git repack -a -d" in the repository, and remove that file.';
const COPY = 'Put the files themselves in the place of the link.';

/**
 * Says why the objects of a repository may lie elsewhere; undefined where they do not. Calls of the file system are not
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
    const link = (await findLink(objects)) ?? (await findLink(`${objects}/pack`));
    if (link !== undefined) return linked(link);
    const files = [...ids].map((id) => `${objects}/${id.slice(0, 2)}/${id.slice(2)}`);
    const kinds = await Promise.all(files.map(kindAt));
    const file = files[kinds.indexOf('link')];
    return file === undefined ? undefined : linked(file);
  } catch (error) {
    throw fileError(error, `The folder ${shownPath(objects)}`);
  }
}

async function kindAt(path: BytePath): Promise<'link' | 'other' | 'absent'> {
  try {
    return (await lstat(toBytes(path))).isSymbolicLink() ? 'link' : 'other';
  } catch (error) {
    if (isGone(error)) return 'absent';
    throw error;
  }
}

/** The path of a link in a folder; undefined where there is none, or no folder. */
async function findLink(folder: BytePath): Promise<BytePath | undefined> {
  try {
    const entries = await opendir(toBytes(folder), {
      encoding: 'latin1' as BufferEncoding,
      bufferSize: 512,
    });
    for await (const entry of entries) if (entry.isSymbolicLink()) return joinPath(folder, entry.name);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  return undefined;
}

function linked(path: BytePath): BorrowedObjects {
  return { found: `${shownPath(path)} is a link, so its objects may be another repository's.`, remedy: COPY };
}

function borrows(path: BytePath): BorrowedObjects {
  return { found: `${shownPath(path)} makes it borrow objects of another repository.`, remedy: REPACK };
}
