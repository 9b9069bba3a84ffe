/** Reads the names in a folder, so that the caller may stop early if there are very many. */
import { opendirSync, readdirSync } from 'node:fs';
import { type BytePath, toBytes } from './byte-path.js';
import { fileStep } from './file-steps.js';

/** A folder by its path, which may be that of a descriptor. */
export interface Folder {
  readonly path: BytePath;
  /** As `stat` returns it; its meaning depends on the file system. */
  readonly size: bigint;
}

const LATIN1 = { encoding: 'latin1' as BufferEncoding };
// On file systems whose folders grow with their entries, this is some thousands of entries.
const SMALL_FOLDER = 65_536n;

/** The names in a folder: at once if there cannot be very many, else one by one. */
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
