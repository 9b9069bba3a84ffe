/** Digests the contents of `workplans`, so that a checker's result can be kept when only times have changed. */
import { createHash, type Hash } from 'node:crypto';
import type { BytePath } from '../probe/byte-path.js';
import { type InputProbe, probeInput } from '../probe/probe-input.js';
import { readInside } from '../probe/read-inside.js';
import { WALK_LIMITS, type WalkEntry, walkFolder } from '../probe/walk.js';
import { type Loaded, loadSettled } from './settled-load.js';

/** `digest`: of all names and contents. `rejected`: why the folder is not to be checked. */
export type Workplans = { readonly digest: string } | { readonly rejected: string };

/**
 * What is not a readable file counts by what it is, its content unseen.
 * @param root the real path of the checkout's folder, which is there
 * @throws {DoiError} `file_unreadable` or `host_exhausted` where something broke
 */
export function loadWorkplans(root: BytePath): Loaded<Workplans> {
  return loadSettled<Workplans, InputProbe>(
    () => probeInput(root, 'workplans'),
    (probed) => {
      const walked = walkFolder(root, 'workplans');
      const agrees = walked.version === probed.version;
      if (walked.state === 'absent') return { value: { digest: 'absent' }, agrees };
      if (walked.state === 'rejected') return { value: { rejected: walked.reason }, agrees };
      const hash = createHash('sha256');
      const same = walked.entries.map((entry) => addEntry(hash, { root, prefix: walked.prefix }, entry));
      return { value: { digest: hash.digest('hex') }, agrees: agrees && same.every(Boolean) };
    },
  );
}

/** @returns whether what was read is what the walk had seen */
function addEntry(
  hash: Hash,
  { root, prefix }: { readonly root: BytePath; readonly prefix: string },
  entry: WalkEntry,
): boolean {
  // Every part is preceded by its length or ended by NUL, so that no two folders give the same bytes.
  hash.update(entry.bytes).update(`\0${entry.kind}:${entry.target}\0`);
  if (entry.target !== 'file') return true;
  const path = `workplans/${entry.bytes.toString('latin1')}`;
  const read = readInside(root, { path, maxBytes: WALK_LIMITS.bytes });
  if (read.state !== 'present') {
    hash.update(`${read.state}\0`);
    return false;
  }
  hash.update(`${read.bytes.length}\0`).update(read.bytes);
  return read.version === prefix + entry.version;
}
