/** Writes a heartbeat as a pass of the watch does that finds nothing to compare. */
import type { Sql } from '../../src/platform/postgres/sql.js';
import {
  announceHost,
  awaitRecords,
  type HostHeartbeat,
  recordHeartbeat,
} from '../../src/store/hosts/heartbeat.js';

/** @returns whether it was written */
export async function writeHeartbeat(sql: Sql, heartbeat: HostHeartbeat): Promise<boolean> {
  await announceHost(sql, heartbeat);
  const mark = await awaitRecords(sql, heartbeat.host);
  if (mark === undefined) throw new Error(`The host ${heartbeat.host} is not known.`);
  return recordHeartbeat(sql, heartbeat, { mark, differing: [] });
}
