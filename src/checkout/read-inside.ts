/** The only safe read of a checkout's files, as bytes: it never blocks, never leaves the checkout, never reads too much. */
import { type BigIntStats, fstatSync, readSync } from 'node:fs';
import { DoiError } from '../domain/errors.js';
import { fileVersion } from '../domain/file-version.js';
import { UNSTABLE } from '../domain/fingerprint.js';
import { withFileErrors } from '../platform/file-errors.js';
import { type BytePath, shownPath } from './byte-path.js';
import { type FileKind, kindOf, locate } from './locate.js';
import { again, MovedWhileOpened, openInside } from './open-inside.js';
import { MAX_LINK_NAMES, type UnsafeLink } from './resolve-link.js';

export type BytesRead =
  | { readonly state: 'present'; readonly bytes: Buffer; readonly version: string }
  | { readonly state: 'absent' }
  | { readonly state: 'rejected'; readonly reason: string };

/** A file to read: its path below the checkout's root, `/` between the names, and the most bytes it may have. */
export interface ReadRequest {
  readonly path: BytePath;
  readonly maxBytes: number;
  /** Of a file with more bytes, read the last ones instead of refusing it. */
  readonly tail?: boolean;
}

const UNSAFE_LINKS: Readonly<Record<UnsafeLink, string>> = {
  outside: 'is a link that leads out of the checkout',
  missing: 'is a link to something that is not there',
  loop: 'is a link that leads back to itself',
  long: `is a link over more than ${MAX_LINK_NAMES} names`,
};
const KINDS: Readonly<Record<FileKind, string>> = {
  file: 'a file',
  folder: 'a folder',
  // A resolved path that is a link: it was created since.
  link: 'a link',
  fifo: 'a pipe (FIFO)',
  socket: 'a socket',
  device: 'a device',
};

/** Why a link is not followed, as a clause after its name. */
export function refusal(why: UnsafeLink): string {
  return UNSAFE_LINKS[why];
}

/** Why something has the wrong kind; likewise. */
export function describeWrongKind(kind: FileKind, wanted: 'file' | 'regular file' | 'folder'): string {
  return `is ${KINDS[kind]}, not a ${wanted}`;
}

/**
 * Reads a file of a checkout. `rejected` only depends on the repository's content; the reason holds no number that could
 * change while the file's version does not. The version is that of the descriptor that was read, in the probe's form; if
 * the file changed during the read, it ends with {@link UNSTABLE}.
 * @param realRoot the real path of the checkout's folder; a link that has replaced it since is not followed
 * @throws {DoiError} `file_unreadable` or `host_exhausted` if something broke
 */
export function readInside(realRoot: BytePath, request: ReadRequest): BytesRead {
  const shown = shownPath(request.path);
  if (!isPlain(request.path))
    return { state: 'rejected', reason: `${shown} is not a plain path inside the checkout.` };
  try {
    return withFileErrors(shown, () => again(() => readOnce(realRoot, request)));
  } catch (error) {
    if (!(error instanceof MovedWhileOpened)) throw error;
    throw new DoiError(
      'file_unreadable',
      `${shown} was replaced each time it was about to be read.`,
      'Wait until the repository is at rest; the worker tries again by itself.',
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

function readOnce(realRoot: BytePath, { path, maxBytes, tail = false }: ReadRequest): BytesRead {
  const at = locate(realRoot, path);
  if (at.state === 'absent') return at;
  const reject = (clause: string) =>
    ({ state: 'rejected', reason: `${shownPath(path)} ${clause}.` }) as const;
  if (at.state !== 'found') return reject(refusal(at.state));
  const most = tail ? Number.POSITIVE_INFINITY : maxBytes;
  const unfit = whyUnfit(at.stat, most);
  // Checked before it is opened, because opening a device can have an effect.
  if (unfit !== undefined) return reject(unfit);
  return openInside(realRoot, at.path, (fd) => {
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

function tooLarge(maxBytes: number): string {
  return `is larger than ${maxBytes % 1024 === 0 ? `${maxBytes / 1024} KiB` : `${maxBytes} bytes`}`;
}

interface Stretch {
  readonly start: number;
  /** How much to read first: one byte more than the file's size, so that growth is noticed. */
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
    if (got === 0 || length >= limit) return buffer.subarray(0, length);
    // The file grew since its size was read.
    if (length === buffer.length) buffer = Buffer.concat([buffer, Buffer.allocUnsafe(limit - length)]);
  }
}
