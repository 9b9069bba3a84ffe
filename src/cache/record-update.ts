/** Records how bringing a checkout up to date with a push ended. */
import { databaseError, type Sql } from '../platform/sql.js';

/** A push to the remote of one repository. */
export interface RepositoryPush {
  readonly repoId: string;
  readonly branch: string;
  readonly head: string;
}

/** Records it for exactly that push: a newer one is still to be pulled, and is left alone. */
export async function recordUpdate(
  sql: Sql,
  { repoId, branch, head }: RepositoryPush,
  end: 'updated' | 'failed',
): Promise<void> {
  const isDone = end === 'updated';
  try {
    await sql`
      update doi_push set
        updated_at = case when ${isDone} then clock_timestamp() else updated_at end,
        update_failed_at = case when ${isDone} then null else clock_timestamp() end
      where repo_id = ${repoId} and branch = ${branch} and head = ${head}`;
  } catch (error) {
    throw databaseError(error);
  }
}
