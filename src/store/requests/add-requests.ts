/** Asks for evaluations. */
import { joinByRepository, type NewRequest, PRIORITY } from '../../domain/request.js';
import { databaseError, type Sql, withoutWaiting } from '../../platform/postgres/sql.js';

/** A request as an ask left it. */
export interface AddedRequest {
  readonly repoId: string;
  /** The most urgent of all that asked: the wake-up must carry it, or a person's would be lost in that of a sweep. */
  readonly priority: number;
  /** Whether the request stands for other asks too, that are done with it. */
  readonly collapsed: boolean;
}

/**
 * Records requests, one a repository. An ask while one waits collapses into it, and is counted there by its reason; an
 * ask after a start is always a new one. The very sight that is asked for already adds nothing. Repositories that are
 * gone or not active are left out.
 * @returns the requests that are new or were added to
 */
export async function addRequests(sql: Sql, asks: readonly NewRequest[]): Promise<AddedRequest[]> {
  if (asks.length === 0) return [];
  return leaveOutGone(async () => await sql<AddedRequest[]>`${requestWrites(sql, asks)}`);
}

/**
 * The writes of {@link addRequests}, as a statement or the end of a longer one. One statement, with no read before it:
 * read-then-write loses asks under concurrency. Locks the rows of doi_request in the order of the repository ids.
 */
export function requestWrites(sql: Sql, asks: readonly NewRequest[]) {
  const text = JSON.stringify(
    joinByRepository(asks).map(({ repoId, collapsed = {}, ...rest }) => ({
      repo_id: repoId,
      collapsed,
      ...rest,
    })),
  );
  // What a watch or a sweep has seen it sees again, should the server die and lose it. A person or a push does not ask
  // again, nor does whoever forces: nothing will look any different.
  const isSeenAgain = asks.every(({ priority, forced }) => priority >= PRIORITY.watch && !forced);
  // The reason of the most urgent ask stands for all of them; of equal ones that of the last.
  const isNewReason = sql`(old.started_at is not null or excluded.priority <= old.priority)`;
  // Whoever did not look waits: another's sight must not make it one that is put off with a run that began before.
  const isUnseen = sql`(old.wanted is null and old.started_at is null and old.not_before is null)`;
  return sql`
    insert into doi_request as old (repo_id, seq, forced, priority, reason, collapsed, wanted, requested_at)
    select r.id, nextval('doi_request_seq'), a.forced, a.priority, a.reason,
      case when a.collapsed = '{}' then a.collapsed else doi_add_reasons('{}', a.collapsed) end, a.wanted,
      clock_timestamp()
    from json_to_recordset(${text}::text::json)
      as a(repo_id uuid, forced boolean, priority smallint, reason text, collapsed jsonb, wanted text)
    join managed_repos r on r.id = a.repo_id and r.status = 'active'
    ${isSeenAgain ? sql`cross join (select ${withoutWaiting(sql)}) quick` : sql``}
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
      wanted = case when ${isUnseen} then null else excluded.wanted end,
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

/* Writes for repositories of which one may be unregistered at the same moment: the others' writes must not fail with it. */

// A foreign key that leads nowhere any more, and a deadlock with who unregisters.
const WENT_MEANWHILE: ReadonlySet<unknown> = new Set(['23503', '40P01']);
/** Each try fails for another repository that went meanwhile. */
const MOST_TRIES = 5;

/**
 * Runs a write that joins `managed_repos`, and runs it again where a row that it had seen is deleted by the time its
 * foreign key is checked: then it sees none, and leaves that repository out.
 * @param write makes its statements anew each time
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
