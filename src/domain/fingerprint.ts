/** The fingerprint: the versions of all inputs as one text, `key:version` joined by pipes in the fixed order. */
import { VERSIONED_KEYS, type VersionedKey } from './input.js';

/** The version of every input. A version is any text; only joining encodes it. */
export type Versions = Readonly<Record<VersionedKey, string>>;

/**
 * Marks the version of an input that was still changing when it was judged. No probe returns it, so the report is stale and
 * the next evaluation judges the input again.
 */
export const UNSTABLE = '~unsettled';

/** Joins versions into a fingerprint; {@link parseFingerprint} is its inverse for any versions. */
export function joinFingerprint(versions: Versions): string {
  return VERSIONED_KEYS.map((key) => `${key}:${encodeVersion(versions[key])}`).join('|');
}

/**
 * Parses a stored fingerprint.
 * @returns undefined for a text that `joinFingerprint` did not make: another order, a missing or unknown key, a bad encoding
 */
export function parseFingerprint(text: string): Versions | undefined {
  const parts = text.split('|');
  if (parts.length !== VERSIONED_KEYS.length) return undefined;
  const versions: Partial<Record<VersionedKey, string>> = {};
  for (const [index, key] of VERSIONED_KEYS.entries()) {
    const part = parts[index] ?? '';
    if (!part.startsWith(`${key}:`)) return undefined;
    const version = decodeVersion(part.slice(key.length + 1));
    if (version === undefined) return undefined;
    versions[key] = version;
  }
  return versions as Versions;
}

/** The inputs whose versions differ, in the fingerprint's order. */
export function differingInputs(was: Versions, now: Versions): VersionedKey[] {
  return VERSIONED_KEYS.filter((key) => was[key] !== now[key]);
}

// The separators of the form, controls (C0, DEL, C1), characters that change what a person sees (line separators, controls
// of the writing direction), and lone surrogates, which PostgreSQL refuses in a text.
const BREAKS_FORM =
  /[|%\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

// A cheap test first: few versions hold any of these.
const MAY_BREAK_FORM =
  /[|%\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/;

function encodeVersion(version: string): string {
  if (!MAY_BREAK_FORM.test(version)) return version;
  return version.replace(BREAKS_FORM, (char) => {
    const code = char.charCodeAt(0);
    return code < 0x100
      ? `%${code.toString(16).padStart(2, '0')}`
      : `%u${code.toString(16).padStart(4, '0')}`;
  });
}

function decodeVersion(text: string): string | undefined {
  const decoded = text.replace(/%(?:u([0-9a-f]{4})|([0-9a-f]{2}))/g, (_, wide: string, narrow: string) =>
    String.fromCharCode(Number.parseInt(wide ?? narrow, 16)),
  );
  // Accept only what joining would have written, so that two texts never mean the same versions.
  return encodeVersion(decoded) === text ? decoded : undefined;
}
