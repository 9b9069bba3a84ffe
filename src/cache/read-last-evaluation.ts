/** Reads what the worker must know of the last evaluation: what may be kept, and what broke. */
import { z } from 'zod';
import type { LastEvaluation } from '../domain/evaluation.js';
import { parseFingerprint } from '../domain/fingerprint.js';
import { CRITERION_IDS, type Verdict } from '../domain/verdict.js';
import { databaseError, type Sql } from '../platform/sql.js';
import { failureStands } from './record-failure.js';

export interface LastState {
  /** Undefined where there is none, or where another program wrote the row since: then nothing may be kept. */
  readonly evaluation: LastEvaluation | undefined;
  /** How often in a row an evaluation has failed; 0 where the last one did not. */
  readonly failedAttempts: number;
}

interface Row {
  criteria: unknown;
  fingerprint: string;
  ours: boolean;
  inputs: unknown;
  judged_at: Record<string, string>;
  attempts: number;
}

/**
 * Whether the row of doi_cache `c` is the one that the evaluation `e` wrote, as a fragment of a statement: its digest
 * is the one that was stored with the evaluation.
 */
export function isOurs(sql: Sql) {
  return sql`coalesce(e.cache_digest = doi_cache_digest(c.tier, c.core_pass, c.standard_pass, c.full_pass,
    c.criteria::text, c.fingerprint, c.checked_at), false)`;
}

/** Reads the last evaluation of a repository. Locks nothing. */
export async function readLastEvaluation(sql: Sql, repoId: string): Promise<LastState> {
  try {
    const [row] = await sql<Row[]>`
      select c.criteria, c.fingerprint, ${isOurs(sql)} as ours, e.inputs, e.judged_at,
        coalesce(f.attempts, 0) as attempts
      from managed_repos r
      left join doi_cache c on c.repo_id = r.id
      left join doi_evaluation e on e.repo_id = r.id
      left join doi_failure f on f.repo_id = r.id and ${failureStands(sql)}
      where r.id = ${repoId}`;
    return { evaluation: row && toEvaluation(row), failedAttempts: row?.attempts ?? 0 };
  } catch (error) {
    throw databaseError(error);
  }
}

const inputsSchema = z.object({ digests: z.record(z.string(), z.string()), had_git: z.boolean() });

function toEvaluation(row: Row): LastEvaluation | undefined {
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
    hadGit: inputs.data.had_git,
  };
}
