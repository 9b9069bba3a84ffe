/** Reads the stored side of the comparison that decides freshness, for many repositories at once. */
import type { JudgedAt, JudgedState } from '../../domain/freshness.js';
import { type Sql, statement } from '../../platform/postgres/sql.js';
import { isOurs } from './foreign-rows.js';

/** The stored states by repository id, without repositories that were never evaluated. Locks nothing. */
export async function readStoredStates(
  sql: Sql,
  repoIds: readonly string[],
): Promise<Map<string, JudgedState>> {
  if (repoIds.length === 0) return new Map();
  const rows = await statement(sql<
    {
      repo_id: string;
      fingerprint: string;
      ours: boolean;
      judged_at: JudgedAt | null;
      build: string | null;
    }[]
  >`
    select c.repo_id::text, c.fingerprint, ${isOurs(sql)} as ours, e.judged_at, e.build
    from doi_cache c
    left join doi_evaluation e on e.repo_id = c.repo_id
    where c.repo_id = any(${repoIds as string[]}::uuid[])`);
  return new Map(
    rows.map(({ repo_id, fingerprint, ours, judged_at, build }) => [
      repo_id,
      { fingerprint, ours, judgedAt: judged_at ?? {}, build },
    ]),
  );
}
