/** Adds requests for evaluations. */
import { joinByRepository, type NewRequest, PRIORITY } from '../../domain/request.js';
import { databaseError, type Sql, withoutWaiting } from '../../platform/postgres/sql.js';

/** A request after it was added to the table. */
export interface AddedRequest {
  readonly repoId: string;
  /** The most urgent of all collapsed requests: the wake-up must carry it, or a person's would wait like a sweep's. */
  readonly priority: number;
  /** Whether other requests were collapsed into this one, and end with it. */
  readonly collapsed: boolean;
}

/**
 * Adds requests, one row a repository. A request while one is pending collapses into it, and is counted there by its
 * reason; a request after a start is always a new one. One that wants the same fingerprint as the pending one adds nothing.
 * Leaves out repositories that are unregistered or not active.
 * @returns the requests that are new or were changed
 */
export async function addRequests(sql: Sql, requests: readonly NewRequest[]): Promise<AddedRequest[]> {
  if (requests.length === 0) return [];
  return leaveOutGone(async () => await sql<AddedRequest[]>`${requestWrites(sql, requests)}`);
}

/**
 * The writes of {@link addRequests}, as a statement or the end of a longer one. One statement, with no read before it:
 * read-then-write loses requests under concurrency. Locks the rows of doi_request in the order of the repository ids.
 */
export function requestWrites(sql: Sql, requests: readonly NewRequest[]) {
  const text = JSON.stringify(
    joinByRepository(requests).map(({ repoId, collapsed = {}, ...rest }) => ({
      repo_id: repoId,
      collapsed,
      ...rest,
    })),
  );
  // A server that dies may lose the row. A watch or a sweep then notices the same change again. A person or a push asks only
  // once, and a forced request changes nothing that a watch would notice: these wait for the disk.
  const isRepeated = requests.every(({ priority, forced }) => priority >= PRIORITY.watch && !forced);
  // The reason of the most urgent request stands for all of them; among equals, that of the last.
  const isNewReason = sql`(old.started_at is not null or excluded.priority <= old.priority)`;
  // Keep `wanted` null if the pending request was made without probing; otherwise a start that began before and fails with
  // this fingerprint would defer it too.
  const isUnprobed = sql`(old.wanted is null and old.started_at is null and old.not_before is null)`;
  return sql`
    insert into doi_request as old (repo_id, seq, forced, priority, reason, collapsed, wanted, requested_at)
    select r.id, nextval('doi_request_seq'), a.forced, a.priority, a.reason,
      case when a.collapsed = '{}' then a.collapsed else doi_add_reasons('{}', a.collapsed) end, a.wanted,
      clock_timestamp()
    from json_to_recordset(${text}::text::json)
      as a(repo_id uuid, forced boolean, priority smallint, reason text, collapsed jsonb, wanted text)
    join managed_repos r on r.id = a.repo_id and r.status = 'active'
    ${isRepeated ? sql`cross join (select ${withoutWaiting(sql)}) quick` : sql``}
    order by r.id
    on conflict (repo_id) do update set
      seq = excluded.seq,
      forced = old.forced or excluded.forced,
      priority = case when old.started_at is null then least(old.priority, excluded.priority) else excluded.priority end,
      reason = case when ${isNewReason} then excluded.reason else old.reason end,
      collapsed = case
        when old.started_at is not null then excluded.collapsed
        else doi_add_reasons(doi_add_reasons(old.collapsed, excluded.collapsed),
          jsonb_build_object(case when ${isNewReason} then old.reason else excluded.reason end, 1))
      end,
      wanted = case when ${isUnprobed} then null else excluded.wanted end,
      requested_at = case when old.started_at is null then old.requested_at else excluded.requested_at end,
      started_at = null,
      not_before = null
    where old.started_at is not null
      or excluded.forced
      or excluded.priority < old.priority
      or (excluded.priority = ${PRIORITY.person} and old.not_before is not null)
      or excluded.wanted is null
      or old.wanted is distinct from excluded.wanted
    returning repo_id::text as "repoId", priority, collapsed <> '{}' as collapsed`;
}

// A foreign key whose repository is gone, and a deadlock with the transaction that unregisters it.
const WENT_MEANWHILE: ReadonlySet<unknown> = new Set(['23503', '40P01']);
/** Each try can fail for another repository that was unregistered meanwhile. */
const MOST_TRIES = 5;

/**
 * Runs a write for several repositories, so that it does not fail as a whole where one of them is unregistered at the same
 * moment. The write joins `managed_repos`: where a row that it has read is deleted by the time its foreign key is checked, a
 * second run no longer reads that row, and leaves the repository out.
 * @param write makes new statements in each run
 * @throws {DoiError} `database_unavailable`
 */
export async function leaveOutGone<T>(write: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await write();
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (tries >= MOST_TRIES || !WENT_MEANWHILE.has(code)) throw databaseError(error);
    }
  }
}
