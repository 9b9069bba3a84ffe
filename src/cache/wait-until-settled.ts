/** Waits for a request to end. */
import type { Clock } from '../platform/clock.js';
import { databaseError, type Sql } from '../platform/sql.js';

/** `waiting`: it broke, and is tried again later. `open`: the signal aborted before it ended. */
export type Settled = 'settled' | 'waiting' | 'open';

const POLL_MS = 50;

/** Waits until a repository has no open request any more, or its evaluation broke, or the signal aborts. */
export async function waitUntilSettled(
  { sql, clock }: { readonly sql: Sql; readonly clock: Clock },
  repoId: string,
  signal: AbortSignal,
): Promise<Settled> {
  while (!signal.aborted) {
    const state = await readState(sql, repoId);
    if (state !== 'open') return state;
    await clock.sleep(POLL_MS, signal);
  }
  return 'open';
}

async function readState(sql: Sql, repoId: string): Promise<Settled> {
  try {
    const [row] = await sql<{ waiting: boolean }[]>`
      select coalesce(not_before > clock_timestamp(), false) as waiting
      from doi_request where repo_id = ${repoId}`;
    if (row === undefined) return 'settled';
    return row.waiting ? 'waiting' : 'open';
  } catch (error) {
    throw databaseError(error);
  }
}
