/** Says in a host's row what troubles it, so that people see one problem instead of many. */
import type { HostProblemAnswer } from '../../api/terms.js';
import { databaseError, type Sql } from '../../platform/postgres/sql.js';

/** What troubles a host, as one of its workers says. */
export interface HostProblem {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  /** For how long it has lasted, in milliseconds. */
  readonly agoMs: number;
}

export interface HostProblemRecord {
  readonly host: string;
  /** Names the worker that says it. */
  readonly worker: string;
  /** Undefined where nothing troubles it. */
  readonly trouble: HostProblem | undefined;
  /** After so long without a word, in milliseconds, another worker's trouble is that of one that died. */
  readonly silentMs: number;
}

/**
 * Says what troubles a host, or that nothing does. What another worker said stays, as long as that worker says it again
 * and again: a host has one problem to show at a time. All times are the database's. Writes only what differs.
 *
 * Locks the host's row; where there is none yet, nothing is written.
 */
export async function recordHostProblem(
  sql: Sql,
  { host, worker, trouble, silentMs }: HostProblemRecord,
): Promise<void> {
  const said =
    trouble === undefined
      ? null
      : sql`jsonb_build_object(
      'code', ${trouble.code}::text, 'message', ${trouble.message}::text, 'remedy', ${trouble.remedy}::text,
      'worker', ${worker}::text, 'said_at', clock_timestamp(),
      'since', case
        when trouble->>'worker' = ${worker} and trouble->>'code' = ${trouble.code} then trouble->>'since'
        else to_char((clock_timestamp() - ${trouble.agoMs} * interval '1 millisecond') at time zone 'UTC',
          'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
      end)`;
  try {
    await sql`
      update doi_host set trouble = ${said}
      where host = ${host} and (trouble is not null or ${trouble !== undefined})
        and coalesce(trouble->>'worker' = ${worker} or (trouble->>'said_at')::timestamptz
          not between clock_timestamp() - ${silentMs} * interval '1 millisecond' and clock_timestamp(), true)`;
  } catch (error) {
    throw databaseError(error);
  }
}

/** A trouble as it is shown: without what the workers note for themselves. */
export function toHostProblem({ code, message, remedy, since }: HostProblemAnswer): HostProblemAnswer {
  return { code, message, remedy, since };
}
