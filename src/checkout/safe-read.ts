/** The one safe read of a checkout's text: strict UTF-8, without a byte order mark, lines ended by LF. */
import { cleanText } from '../domain/text.js';
import { type BytePath, bytePath } from './byte-path.js';
import { readInside } from './read-inside.js';

/** The most bytes that a text may have, unless told otherwise. */
export const MAX_TEXT_BYTES = 256 * 1024;

export type TextRead =
  | { readonly state: 'present'; readonly text: string; readonly version: string }
  | { readonly state: 'absent' }
  | { readonly state: 'rejected'; readonly reason: string };

/**
 * Reads a text file of a checkout. See {@link readInside} for what is refused, and for the version.
 * @param realRoot the real path of the checkout's folder
 * @param relativePath plain names joined by `/`; as bytes where a name need not be UTF-8
 * @throws {DoiError} `file_unreadable` or `host_exhausted` where something broke
 */
export function safeReadText(
  realRoot: BytePath,
  relativePath: string | Buffer,
  maxBytes: number = MAX_TEXT_BYTES,
): TextRead {
  const path = typeof relativePath === 'string' ? bytePath(relativePath) : relativePath.toString('latin1');
  const read = readInside(realRoot, { path, maxBytes });
  if (read.state !== 'present') return read;
  const text = decode(read.bytes);
  if (text !== undefined) return { state: 'present', text, version: read.version };
  const shown = typeof relativePath === 'string' ? relativePath : relativePath.toString('utf8');
  return { state: 'rejected', reason: `${cleanText(shown)} is not UTF-8 text.` };
}

// Drops a byte order mark by itself.
const decoder = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Buffer): string | undefined {
  try {
    return decoder.decode(bytes).replaceAll('\r\n', '\n');
  } catch {
    // The only thing that it throws for: bytes that are not UTF-8.
    return undefined;
  }
}
