/** Checks before and after each read of git that the objects are the repository's own, within the time of the read. */
import { type BytePath, shownPath } from '../../checkout/byte-path.js';
import { findBorrowedObjects, hasLooseFolders } from '../../checkout/object-folder.js';
import { DoiError } from '../../domain/errors.js';
import { endsWithin } from '../../platform/process/ends-within.js';

export interface CheckTime {
  readonly timeoutMs: number;
  /** Called with the time that was taken, in milliseconds. */
  readonly onMs: (ms: number) => void;
}

/**
 * @param ids objects whose own files are checked too
 * @throws {DoiError} `objects_unreadable` also where the check does not end in time, as on a device that hangs;
 *   `file_unreadable`; `host_exhausted`
 */
export async function refuseBorrowed(
  folder: BytePath,
  ids: Iterable<string>,
  { timeoutMs, onMs }: CheckTime,
): Promise<void> {
  const began = performance.now();
  const check = async () => {
    const borrowed = await findBorrowedObjects(folder, ids);
    if (borrowed !== undefined) throw refused(folder, borrowed.found, borrowed.remedy);
  };
  try {
    if (await endsWithin(check(), timeoutMs)) return;
  } finally {
    onMs(performance.now() - began);
  }
  const remedy = 'See that the file system of the repository answers, and run "git gc" in the repository.';
  throw refused(folder, 'their folders were not listed in time.', remedy);
}

/** Whether no object has a file of its own, as in all mirrors; false where that is not found out in time. */
export async function hasOnlyPacks(folder: BytePath, { timeoutMs, onMs }: CheckTime): Promise<boolean> {
  const began = performance.now();
  let isFound = false;
  const find = async () => {
    isFound = !(await hasLooseFolders(folder));
  };
  await endsWithin(find(), timeoutMs);
  onMs(performance.now() - began);
  return isFound;
}

function refused(folder: BytePath, why: string, remedy: string): DoiError {
  return new DoiError(
    'objects_unreadable',
    `The objects of ${shownPath(folder)} are not read: ${why}`,
    remedy,
  );
}
