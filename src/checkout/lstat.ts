/** `lstat` of a path in bytes, which does not follow a link at its end. */
import { type BigIntStats, lstatSync } from 'node:fs';
import { isGone } from '../platform/file-errors.js';
import { type BytePath, toBytes } from './byte-path.js';
import { fileStep } from './file-steps.js';

/** Undefined if nothing is there. */
export function lstat(path: BytePath): BigIntStats | undefined {
  fileStep();
  try {
    return lstatSync(toBytes(path), { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}
