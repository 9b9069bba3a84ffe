/**
 * Makes registering one at a time, so that two at once cannot both take a path or a slug that they found free.
 * Locks: an advisory lock of our own until the transaction ends; no row and no table. Waits at most `lock_timeout`.
 */
import type { Statements } from './statements.js';

/** Takes the registry's lock for the rest of the transaction. */
export async function lockRegistry(sql: Statements): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('doi-worker registry ' || current_schema(), 0))`;
}
