/** Makes the summary's bodies of the entries that were shown last: the whole one, and any part that is asked for. */
import { gzipSync } from 'node:zlib';
import { tagOf } from '../representation.js';
import type { FleetEntry } from './entry.js';
import type { FleetBody, FleetQuery } from './messages.js';
import { matches } from './read-summary.js';
import { summaryToCsv } from './summary-csv.js';

/** Halves the time of the default, and the bytes are a quarter more. */
const ZIP_LEVEL = 3;

export class FleetBodies {
  #entries: readonly FleetEntry[] | undefined;

  /**
   * Takes what there is to show.
   * @returns the whole summary; undefined where nothing has changed
   */
  show(entries: readonly FleetEntry[]): FleetBody | undefined {
    if (entries === this.#entries) return undefined;
    this.#entries = entries;
    return toBody(entries);
  }

  /** Makes a part, or another form, of the very entries that the whole was last made of. */
  make({ filter, format }: FleetQuery): FleetBody {
    const chosen = (this.#entries ?? []).filter(({ entry }) => matches(entry, filter));
    return format === 'csv' ? toCsvBody(chosen) : toBody(chosen);
  }
}

function toCsvBody(entries: readonly FleetEntry[]): FleetBody {
  const bytes = new TextEncoder().encode(summaryToCsv(entries.map(({ entry }) => entry)));
  return { bytes, etag: tagOf(bytes) };
}

/** The same bytes zipped, in memory of their own. */
export function zipBody({ bytes }: FleetBody): Uint8Array {
  return new Uint8Array(gzipSync(bytes, { level: ZIP_LEVEL }));
}

/** A list as JSON, of its entries' own bytes. */
function toBody(entries: readonly FleetEntry[]): FleetBody {
  // Each begins with a comma, in whose place the first has the bracket. In memory of its own, to be handed over.
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
