/** Step 4 of the summary: makes the bodies of the current entries, the whole one and any part that a client requests. */
import { gzipSync } from 'node:zlib';
import type { SummaryField } from '../../api/summary.js';
import { tagOf } from '../representation.js';
import type { PreparedEntry } from './entries.js';
import type { BodyQuery, SummaryBody } from './messages.js';
import { takePage } from './pages.js';
import { matches } from './read-summary.js';
import { summaryToCsv } from './summary-csv.js';

/** Takes half the time of the default level, for a quarter more bytes. */
const ZIP_LEVEL = 3;

export class SummaryBodies {
  #entries: readonly PreparedEntry[] | undefined;

  /**
   * Takes the current entries.
   * @returns the whole summary; undefined where nothing has changed
   */
  update(entries: readonly PreparedEntry[]): SummaryBody | undefined {
    if (entries === this.#entries) return undefined;
    this.#entries = entries;
    return toBody(entries);
  }

  /** Makes a part, or the CSV, of the entries that the whole was last made of. */
  make({ filter, format, page, fields }: BodyQuery): SummaryBody {
    const { chosen, next } = takePage(this.#entries ?? [], ({ entry }) => matches(entry, filter), page);
    if (format === 'csv') return { ...toCsvBody(chosen, fields), next };
    return { ...(fields === undefined ? toBody(chosen) : toPartsBody(chosen, fields)), next };
  }
}

function toCsvBody(
  entries: readonly PreparedEntry[],
  fields: readonly SummaryField[] | undefined,
): SummaryBody {
  return toTextBody(
    summaryToCsv(
      entries.map(({ entry }) => entry),
      fields,
    ),
  );
}

function toPartsBody(entries: readonly PreparedEntry[], fields: readonly SummaryField[]): SummaryBody {
  // A list of names makes `JSON.stringify` leave out fields at any depth; the parts keep all of theirs.
  const parts = entries.map(({ entry }) => Object.fromEntries(fields.map((field) => [field, entry[field]])));
  return toTextBody(JSON.stringify(parts));
}

function toTextBody(text: string): SummaryBody {
  const bytes = new TextEncoder().encode(text);
  return { bytes, etag: tagOf(bytes) };
}

/** The same bytes zipped, in a buffer of their own, which can be transferred to another thread. */
export function zipBody({ bytes }: SummaryBody): Uint8Array {
  return new Uint8Array(gzipSync(bytes, { level: ZIP_LEVEL }));
}

/** The entries as a JSON list, joined from the bytes that each already has. */
function toBody(entries: readonly PreparedEntry[]): SummaryBody {
  // Each entry begins with a comma; the bracket replaces the first one. A buffer of its own can be transferred.
  const length = entries.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const bytes = new Uint8Array(Math.max(length, 1) + 1);
  let at = 0;
  for (const entry of entries) {
    bytes.set(entry.bytes, at);
    at += entry.bytes.length;
  }
  bytes[0] = 0x5b;
  bytes[bytes.length - 1] = 0x5d;
  return { bytes, etag: tagOf(bytes) };
}
