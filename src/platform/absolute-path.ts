/** Makes a path absolute, also where the current folder is gone. */
import { resolve } from 'node:path';
import { DoiError } from '../domain/errors.js';

/** As `resolve` of Node. @throws {DoiError} `not_a_folder` for a relative path where the current folder was deleted */
export function absolutePath(path: string): string {
  try {
    return resolve(path);
  } catch (cause) {
    const found = 'The current folder does not exist any more.';
    throw new DoiError('not_a_folder', found, 'Change to a folder that exists.', { cause });
  }
}
