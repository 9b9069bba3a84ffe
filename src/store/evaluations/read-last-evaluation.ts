/** Reads the last evaluation, failure and push of a repository, by which the worker decides what to judge and to pull. */
import { z } from 'zod';
import type { LastEvaluation } from '../../domain/evaluation.js';
import { parseFingerprint } from '../../domain/fingerprint.js';
import type { PushedCommit } from '../../domain/remote-state.js';
import { CRITERION_IDS, type Verdict } from '../../domain/verdict.js';
import { type Sql, statement } from '../../platform/postgres/sql.js';
import { CONTACTED_AT } from '../mirrors/sources.js';
import { failureStands } from './failures.js';
import { isOurs } from './foreign-rows.js';

export interface LastState {
  /** Undefined where there is none, or where another program has written the row since: then no verdict may be kept. */
  readonly evaluation: LastEvaluation | undefined;
  /** How often in a row a start has failed; 0 where the last one did not. */
  readonly failedAttempts: number;
  /** Null where the last start did not fail. */
  readonly failed: FailedBefore | null;
  /** The last push to its remote; null where no webhook reported one. */
  readonly push: LastPush | null;
  /** Of a mirror: whether that push was stored since the last contact with the remote began. */
  readonly isPushed: boolean;
}

export interface LastPush extends PushedCommit {
  /** Whether the checkout was updated to it, and whether the last try of that failed. */
  readonly isUpdated: boolean;
  readonly hasFailed: boolean;
}

/** How the last start failed. */
export interface FailedBefore {
  readonly code: string;
  /** The fingerprint that was probed before it broke; null where the probe itself broke. */
  readonly fingerprint: string | null;
  /** How long until the worker retries the same inputs, in milliseconds; not positive where that time has come. */
  readonly retryMs: number;
}

/** The columns that {@link lastColumns} selects. */
export interface LastRow {
  criteria: unknown;
  fingerprint: string;
  ours: boolean;
  inputs: unknown;
  judged_at: Record<string, string>;
  build: string | null;
  attempts: number;
  failure_code: string;
  failed_fingerprint: string | null;
  retry_ms: number | null;
  push: LastPush | null;
  is_pushed: boolean;
}

/** The select list of a last state, as a fragment of a statement. Stands over {@link lastTables}. */
export function lastColumns(sql: Sql) {
  return sql`
    c.criteria, c.fingerprint, ${isOurs(sql)} as ours, e.inputs, e.judged_at, e.build,
    coalesce(f.attempts, 0) as attempts, f.code as failure_code, f.fingerprint as failed_fingerprint,
    extract(epoch from f.retry_at - clock_timestamp())::float8 * 1000 as retry_ms,
    case when p.repo_id is not null then json_build_object('branch', p.branch, 'head', p.head,
      'isUpdated', p.updated_at is not null, 'hasFailed', p.update_failed_at is not null) end as push,
    coalesce(p.pushed_at >= ${sql.unsafe(CONTACTED_AT)}, false) as is_pushed`;
}

/** The tables to join to `managed_repos` as `r` and `doi_source` as `src`. */
export function lastTables(sql: Sql) {
  return sql`
    left join doi_cache c on c.repo_id = r.id
    left join doi_evaluation e on e.repo_id = r.id
    left join doi_failure f on f.repo_id = r.id and ${failureStands(sql)}
    left join doi_push p on p.repo_id = r.id`;
}

/** Makes the state of a row. */
export function toLastState(row: LastRow): LastState {
  const { attempts: failedAttempts, push, is_pushed: isPushed } = row;
  return { evaluation: toEvaluation(row), failedAttempts, failed: toFailed(row), push, isPushed };
}

/** How often in a row starts for a repository have failed. Locks nothing. */
export async function countFailures(sql: Sql, repoId: string): Promise<number> {
  const [row] = await statement(sql<{ attempts: number }[]>`
    select f.attempts from doi_failure f
    left join doi_evaluation e on e.repo_id = f.repo_id
    where f.repo_id = ${repoId} and ${failureStands(sql)}`);
  return row?.attempts ?? 0;
}

function toFailed(row: LastRow): LastState['failed'] {
  if (row.retry_ms === null) return null;
  const { failure_code: code, failed_fingerprint: fingerprint, retry_ms: retryMs } = row;
  return { code, fingerprint, retryMs };
}

const inputsSchema = z.object({ digests: z.record(z.string(), z.string()), had_git: z.boolean() });

function toEvaluation(row: LastRow): LastEvaluation | undefined {
  if (!row.ours) return undefined;
  const versions = parseFingerprint(row.fingerprint);
  const inputs = inputsSchema.safeParse(row.inputs);
  const verdicts = row.criteria as readonly Verdict[];
  if (versions === undefined || !inputs.success || verdicts.length !== CRITERION_IDS.length) return undefined;
  return {
    versions,
    verdicts,
    digests: inputs.data.digests,
    judgedAt: row.judged_at,
    build: row.build,
    hadGit: inputs.data.had_git,
  };
}
