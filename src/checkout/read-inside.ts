/**
 * Reads a file of a checkout, as bytes or as text; no other code reads one. Promise: such a read never blocks, never leaves
 * the checkout, and never reads more than its limit, whatever the repository puts in the file's place.
 */
import { type BigIntStats, fstatSync, readSync } from 'node:fs';
import { DoiError } from '../domain/errors.js';
import { fileVersion } from '../domain/file-version.js';
import { UNSTABLE } from '../domain/fingerprint.js';
import { cleanText } from '../domain/text.js';
import { withFileErrors } from '../platform/file-errors.js';
import { type BytePath, bytePath, shownPath } from './byte-path.js';
import { type FileKind, type KnownStats, kindOf, locate } from './locate.js';
import { again, MovedWhileOpened, openInside } from './open-inside.js';
import { MAX_LINK_NAMES, type UnsafeLink } from './resolve-link.js';

export type BytesRead =
  | { readonly state: 'present'; readonly bytes: Buffer; readonly version: string }
  | { readonly state: 'absent' }
  | { readonly state: 'rejected'; readonly reason: string };

/** A file to read: its path below the checkout's root, `/` between the names, and the most bytes it may have. */
export interface ReadOptions {
  readonly path: BytePath;
  readonly maxBytes: number;
  /** Whether of a file with more bytes the last ones are read, instead of rejecting it. */
  readonly tail?: boolean;
  /** What the caller has just found on the way there, by path. */
  readonly known?: KnownStats | undefined;
}

const UNSAFE: Readonly<Record<UnsafeLink, string>> = {
  outside: 'is a link that leads out of the checkout',
  missing: 'is a link to something that is not there',
  loop: 'is a link that leads back to itself',
  long: `is a link over more than ${MAX_LINK_NAMES} names`,
};
const KINDS: Readonly<Record<FileKind, string>> = {
  file: 'a file',
  folder: 'a folder',
  // A link that was put at the end of a path after that was resolved.
  link: 'a link',
  fifo: 'a pipe (FIFO)',
  socket: 'a socket',
  device: 'a device',
};

/** Why a link is not followed, as a clause that follows its name. */
export function refusal(why: UnsafeLink): string {
  return UNSAFE[why];
}

/** Why something is not of the wanted kind, as a clause that follows its name. */
export function describeWrongKind(kind: FileKind, wanted: 'file' | 'regular file' | 'folder'): string {
  return `is ${KINDS[kind]}, not a ${wanted}`;
}

/**
 * Reads a file of a checkout. `rejected` is for what the repository itself causes; the reason holds no number that could
 * change while the file's version stays the same. The version is that of the descriptor that was read, in the form that a
 * probe gives it; where the file changed during the read it ends with the mark of a version that is not stable.
 * @param realRoot the real path of the checkout's folder; where a link has taken its place, it is not followed
 * @throws {DoiError} `file_unreadable` or `host_exhausted` where the file system failed
 */
export function readInside(realRoot: BytePath, request: ReadOptions): BytesRead {
  const shown = shownPath(request.path);
  if (!isPlain(request.path))
    return { state: 'rejected', reason: `${shown} is not a plain path inside the checkout.` };
  try {
    let { known } = request;
    return withFileErrors(shown, () =>
      again(() => {
        const options = { ...request, known };
        // Where it was replaced since, it is found again.
        known = undefined;
        return readOnce(realRoot, options);
      }),
    );
  } catch (error) {
    if (!(error instanceof MovedWhileOpened)) throw error;
    throw new DoiError(
      'file_unreadable',
      `${shown} was replaced each time it was about to be read.`,
      'Wait until the repository is at rest; a worker tries again by itself, "doi check" does not.',
      { cause: error },
    );
  }
}

/** Whether a path is made of plain names: neither absolute, nor `.`, `..`, empty names or NUL. */
function isPlain(path: BytePath): boolean {
  return (
    !path.includes('\0') && path.split('/').every((name) => name !== '' && name !== '.' && name !== '..')
  );
}

function readOnce(realRoot: BytePath, { path, maxBytes, tail = false, known }: ReadOptions): BytesRead {
  const at = locate(realRoot, path, known);
  if (at.state === 'absent') return at;
  const reject = (clause: string) =>
    ({ state: 'rejected', reason: `${shownPath(path)} ${clause}.` }) as const;
  if (at.state !== 'found') return reject(refusal(at.state));
  const most = tail ? Number.POSITIVE_INFINITY : maxBytes;
  const unfit = whyUnfit(at.stat, most);
  // Its kind is checked before it is opened, since opening a device can have an effect.
  if (unfit !== undefined) return reject(unfit);
  return openInside(realRoot, { path: at.path }, (fd) => {
    const before = fstatSync(fd, { bigint: true });
    const changed = whyUnfit(before, most);
    if (changed !== undefined) return reject(changed);
    const size = Number(before.size);
    const start = tail ? Math.max(0, size - maxBytes) : 0;
    const bytes = readAtMost(fd, { start, guess: size - start + 1, limit: maxBytes + 1 });
    if (!tail && bytes.length > maxBytes) return reject(tooLarge(maxBytes));
    const after = fileVersion(fstatSync(fd, { bigint: true }));
    const steady = after === fileVersion(before) && bytes.length === size - start;
    return { state: 'present', bytes, version: at.prefix + after + (steady ? '' : UNSTABLE) };
  });
}

function whyUnfit(stat: BigIntStats, maxBytes: number): string | undefined {
  const kind = kindOf(stat);
  if (kind !== 'file') return describeWrongKind(kind, kind === 'folder' ? 'file' : 'regular file');
  return Number(stat.size) > maxBytes ? tooLarge(maxBytes) : undefined;
}

/** Why a file is over a limit, as a clause that follows its name. */
export function tooLarge(maxBytes: number): string {
  return `is larger than ${maxBytes % 1024 === 0 ? `${maxBytes / 1024} KiB` : `${maxBytes} bytes`}`;
}

interface Stretch {
  readonly start: number;
  /** How many bytes to read at first: one more than the file has, so that growth shows. */
  readonly guess: number;
  readonly limit: number;
}

/** Reads from `start` until the end or `limit` bytes. */
function readAtMost(fd: number, { start, guess, limit }: Stretch): Buffer {
  let buffer = Buffer.allocUnsafe(Math.min(guess, limit));
  let length = 0;
  for (;;) {
    const got = readSync(fd, buffer, length, buffer.length - length, start + length);
    length += got;
    // One byte less than asked for is all that the file had. Whether it has grown since, the caller finds out.
    if (got === 0 || length >= limit || length === guess - 1) return buffer.subarray(0, length);
    // The file grew after its size was read.
    if (length === buffer.length) buffer = Buffer.concat([buffer, Buffer.allocUnsafe(limit - length)]);
  }
}

/** The most bytes that a text may have by default. */
export const MAX_TEXT_BYTES = 256 * 1024;

export type TextRead =
  | { readonly state: 'present'; readonly text: string; readonly version: string }
  | { readonly state: 'absent' }
  | { readonly state: 'rejected'; readonly reason: string };

/**
 * Reads a text file of a checkout: strict UTF-8, without a byte order mark, lines ended by LF. See {@link readInside} for
 * what is rejected, and for the version.
 * @param realRoot the real path of the checkout's folder
 * @param relativePath plain names joined by `/`; as bytes where a name need not be UTF-8
 * @throws {DoiError} `file_unreadable` or `host_exhausted` where the file system failed
 */
export function safeReadText(
  realRoot: BytePath,
  relativePath: string | Buffer,
  maxBytes: number = MAX_TEXT_BYTES,
): TextRead {
  const path = typeof relativePath === 'string' ? bytePath(relativePath) : relativePath.toString('latin1');
  const read = readInside(realRoot, { path, maxBytes });
  if (read.state !== 'present') return read;
  const text = decodeText(read.bytes);
  if (text !== undefined) return { state: 'present', text, version: read.version };
  const shown = typeof relativePath === 'string' ? relativePath : relativePath.toString('utf8');
  return { state: 'rejected', reason: `${cleanText(shown)} is not UTF-8 text.` };
}

// It drops a byte order mark by itself.
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The text of a file, without a byte order mark, lines ended by LF; undefined where the bytes are not UTF-8. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes).replaceAll('\r\n', '\n');
  } catch {
    // It throws only for bytes that are not UTF-8.
    return undefined;
  }
}
