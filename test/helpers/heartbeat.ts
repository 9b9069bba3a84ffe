/** Writes a heartbeat as a pass of the watch does that finds nothing to compare. */
import { announceHost, awaitRecords, beatHost, type HostBeat } from '../../src/cache/beat-host.js';
import type { Sql } from '../../src/platform/sql.js';

/** @returns whether it was written */
export async function writeHeartbeat(sql: Sql, beat: HostBeat): Promise<boolean> {
  await announceHost(sql, beat);
  const mark = await awaitRecords(sql, beat.host);
  if (mark === undefined) throw new Error(`The host ${beat.host} is not known.`);
  return beatHost(sql, beat, { mark, differing: [] });
}
