/** Records pushes, with the requests that they make, and how each update of a checkout ended. */
import { PRIORITY } from '../domain/request.js';
import { type Sql, statement } from '../platform/postgres/sql.js';
import { type AddedRequest, leaveOutGone, requestWrites } from './requests/add-requests.js';

/** A push to the remote of some repositories. */
export interface NewPush {
  readonly repoIds: readonly string[];
  readonly branch: string;
  /** The commit, in hexadecimal. */
  readonly head: string;
  readonly reason: string;
}

/**
 * Records pushes and adds the requests that they make, in one statement; of several pushes to one repository the last one
 * stays. Locks the rows of doi_request and doi_push, each in the order of the repository ids. Leaves out repositories that
 * are unregistered or not active.
 * @returns for each push its requests
 */
export async function addPushes(sql: Sql, pushes: readonly NewPush[]): Promise<AddedRequest[][]> {
  const rows = pushes.flatMap(({ repoIds, ...push }) => repoIds.map((repoId) => ({ repoId, ...push })));
  if (rows.length === 0) return pushes.map(() => []);
  const requests = rows.map(({ repoId, reason }) => {
    return { repoId, reason, priority: PRIORITY.push, forced: false, wanted: null };
  });
  const last = new Map(rows.map((row) => [row.repoId, row]));
  const text = JSON.stringify([...last.values()].map(({ repoId, ...row }) => ({ repo_id: repoId, ...row })));
  const isSame = () => sql`(old.branch = excluded.branch and old.head = excluded.head)`;
  const added = await leaveOutGone(
    async () =>
      await sql<AddedRequest[]>`
        with pushed as (
          insert into doi_push as old (repo_id, branch, head, pushed_at)
          select r.id, p.branch, p.head, clock_timestamp()
          from json_to_recordset(${text}::text::json) as p(repo_id uuid, branch text, head text)
          join managed_repos r on r.id = p.repo_id and r.status = 'active'
          order by r.id
          on conflict (repo_id) do update set
            branch = excluded.branch, head = excluded.head, pushed_at = excluded.pushed_at,
            updated_at = case when ${isSame()} then old.updated_at end,
            update_failed_at = case when ${isSame()} then old.update_failed_at end
        )
        ${requestWrites(sql, requests)}`,
  );
  const byId = new Map(added.map((one) => [one.repoId, one]));
  return pushes.map(({ repoIds }) => repoIds.flatMap((repoId) => byId.get(repoId) ?? []));
}

/** A push to the remote of one repository. */
export interface RepositoryPush {
  readonly repoId: string;
  readonly branch: string;
  readonly head: string;
}

/** Records how the update to exactly that push ended; a newer push, which is still to be pulled, stays as it is. */
export async function recordUpdate(
  sql: Sql,
  { repoId, branch, head }: RepositoryPush,
  end: 'updated' | 'failed',
): Promise<void> {
  const isDone = end === 'updated';
  await statement(sql`
    update doi_push set
      updated_at = case when ${isDone} then clock_timestamp() else updated_at end,
      update_failed_at = case when ${isDone} then null else clock_timestamp() end
    where repo_id = ${repoId} and branch = ${branch} and head = ${head}`);
}
