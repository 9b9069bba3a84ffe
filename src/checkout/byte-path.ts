/** Paths as bytes: file names need not be UTF-8, and are ordered by their bytes. */
import { cleanText } from '../domain/text.js';

/** A path as text in which each character stands for one byte (Latin-1), so that no name is lost or changed. */
export type BytePath = string;

/** The bytes of a path given as ordinary text. */
export function bytePath(text: string): BytePath {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The bytes for the file system. */
export function toBytes(path: BytePath): Buffer {
  return Buffer.from(path, 'latin1');
}

/** The path as text, unclean; bytes that are not UTF-8 become replacement characters. */
export function toText(path: BytePath): string {
  return toBytes(path).toString('utf8');
}

// Longer than any path that a walk can reach.
const MAX_SHOWN = 2_000;

/** The path, safe to store and to show. Two paths may be shown alike, so never open what was shown. */
export function shownPath(path: BytePath): string {
  return cleanText(toText(path), MAX_SHOWN);
}

/** Whether `path` is `root` or below it. Both are real paths. */
export function isInside(root: BytePath, path: BytePath): boolean {
  return path === root || path.startsWith(root.endsWith('/') ? root : `${root}/`);
}

/** Joins a folder and what is below it. */
export function joinPath(folder: BytePath, name: BytePath): BytePath {
  return folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`;
}

/** The first 16 hexadecimal digits of the SHA-256 of some bytes: enough to distinguish versions. */
export function digest16(bytes: Buffer | string): string {
  // Loaded when first needed: the built-in checker mostly digests nothing, and loading takes a noticeable part of its
  // time.
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}
