/** Looks at what a path itself names, following no link that it ends in. */
import { type BigIntStats, lstatSync } from 'node:fs';
import { isGone } from '../platform/file-errors.js';
import { type BytePath, toBytes } from './byte-path.js';
import { fileStep } from './file-steps.js';

/** `lstat`, with undefined where nothing is there. */
export function lstat(path: BytePath): BigIntStats | undefined {
  fileStep();
  try {
    return lstatSync(toBytes(path), { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}
