/** Reads when each host was last heard of. */
import { databaseError, type Sql } from '../../platform/sql.js';
import type { Beat } from './fleet-entry.js';

/**
 * The beats of all hosts, by name. Locks nothing.
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function readBeats(sql: Sql): Promise<Map<string, Beat>> {
  try {
    const rows = await sql<(Beat & { host: string })[]>`
      select host, to_char(heartbeat at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as heartbeat,
        to_char(heartbeat at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as heartbeat_exact
      from doi_host`;
    return new Map(rows.map(({ host, ...beat }) => [host, beat]));
  } catch (error) {
    throw databaseError(error);
  }
}
