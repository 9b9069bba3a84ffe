/** Asks for what was pushed to, and remembers the push. */
import { PRIORITY } from '../domain/request.js';
import { databaseError, type Sql } from '../platform/sql.js';
import { type Asked, requestWrites } from './ask.js';

/** A push to the remote of some repositories. */
export interface PushAsk {
  readonly repoIds: readonly string[];
  readonly branch: string;
  /** The commit, in hexadecimal. */
  readonly head: string;
  readonly reason: string;
}

/**
 * Records a push and the requests that it makes, in one statement. Locks the rows of doi_request and doi_push, each in
 * the order of the repository ids.
 * @returns the requests, as {@link Asked}; those of repositories that are gone or not active are left out
 */
export async function askForPush(sql: Sql, { repoIds, branch, head, reason }: PushAsk): Promise<Asked[]> {
  const asks = repoIds.map((repoId) => {
    return { repoId, reason, priority: PRIORITY.push, forced: false, wanted: null };
  });
  if (asks.length === 0) return [];
  try {
    return await sql<Asked[]>`
      with pushed as (
        insert into doi_push as old (repo_id, branch, head, pushed_at)
        select r.id, ${branch}, ${head}, clock_timestamp()
        from managed_repos r
        where r.id = any(${repoIds as string[]}::uuid[]) and r.status = 'active'
        order by r.id
        on conflict (repo_id) do update set
          branch = excluded.branch, head = excluded.head, pushed_at = excluded.pushed_at,
          updated_at = case when old.branch = excluded.branch and old.head = excluded.head then old.updated_at end
      )
      ${requestWrites(sql, asks)}`;
  } catch (error) {
    throw databaseError(error);
  }
}
