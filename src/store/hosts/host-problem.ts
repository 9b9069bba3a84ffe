/** Records a host's problem in its row, so that people see one problem instead of a failure of each repository. */

import type { HostProblemAnswer } from '../../api/terms.js';
import { iso, type Sql, statement } from '../../platform/postgres/sql.js';

/** A host's problem, as one of its workers reports it. */
export interface HostProblem {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  /** For how long it has lasted, in milliseconds. */
  readonly agoMs: number;
}

export interface HostProblemRecord {
  readonly host: string;
  /** The id of the worker that reports it. */
  readonly worker: string;
  /** Undefined where that worker has none. */
  readonly problem: HostProblem | undefined;
  /** After so long without a repetition, in milliseconds, another worker's report is that of a worker that died. */
  readonly silentMs: number;
}

/**
 * Records a host's problem, or that its worker has none. Another worker's report stays as long as that worker repeats it:
 * a host shows one problem at a time. All times are the database's. Writes only where something differs.
 *
 * Locks the host's row; writes nothing where there is none yet.
 */
export async function recordHostProblem(
  sql: Sql,
  { host, worker, problem, silentMs }: HostProblemRecord,
): Promise<void> {
  const report =
    problem === undefined
      ? null
      : sql`jsonb_build_object(
      'code', ${problem.code}::text, 'message', ${problem.message}::text, 'remedy', ${problem.remedy}::text,
      'worker', ${worker}::text, 'said_at', clock_timestamp(),
      'since', case
        when trouble->>'worker' = ${worker} and trouble->>'code' = ${problem.code} then trouble->>'since'
        else (select ${iso(sql, 'began')}
          from (select clock_timestamp() - ${problem.agoMs} * interval '1 millisecond' as began) b)
      end)`;
  await statement(sql`
    update doi_host set trouble = ${report}
    where host = ${host} and (trouble is not null or ${problem !== undefined})
      and coalesce(trouble->>'worker' = ${worker} or (trouble->>'said_at')::timestamptz
        not between clock_timestamp() - ${silentMs} * interval '1 millisecond' and clock_timestamp(), true)`);
}

/** A problem as answers show it: without the fields that only workers read. */
export function toHostProblem({ code, message, remedy, since }: HostProblemAnswer): HostProblemAnswer {
  return { code, message, remedy, since };
}
