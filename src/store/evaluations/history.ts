/** Reads how a repository came to where it is: each change of its tier or of a status, with the inputs that caused it. */
import type { HistoryAnswer, HistoryEntry } from '../../api/history.js';
import type { ChangedInput } from '../../domain/evaluation.js';
import { CRITERION_IDS, type Status } from '../../domain/verdict.js';
import { iso, type Sql, statement } from '../../platform/postgres/sql.js';
import { unknownRepository } from '../repositories/unknown-repository.js';

export interface HistoryQuery {
  readonly slug: string;
  /** How many entries at most. */
  readonly limit: number;
  /** The `next` of an earlier page; undefined for the first page. */
  readonly cursor: string | undefined;
}

type Statuses = Readonly<Record<string, Status>>;

/** A change as statements return it; `observation` is null in the one row that stands for no change at all. */
export interface HistoryRow {
  observation: string | null;
  at: string;
  tier_was: HistoryEntry['tier_was'];
  tier_now: HistoryEntry['tier_now'];
  statuses_was: Statuses | null;
  statuses_now: Statuses;
  changed: ChangedInput[];
}

/**
 * Reads a page of the history, the latest change first. Locks nothing; walks the primary key of doi_history backwards.
 * Pages go by observation number and not by time, so that no change is missed or shown twice while others are written.
 * @throws {DoiError} `unknown_repository`, `database_unavailable`, `schema_incompatible`
 */
export async function readHistory(sql: Sql, { slug, limit, cursor }: HistoryQuery): Promise<HistoryAnswer> {
  const rows = await readRows(sql, { slug, limit: limit + 1, cursor });
  if (rows.length === 0) throw await unknownRepository(sql, [slug]);
  const found = rows.flatMap((row) => (row.observation === null ? [] : [row]));
  const shown = found.slice(0, limit);
  const next = found.length > limit ? (shown.at(-1)?.observation ?? null) : null;
  return { repo_slug: slug, changes: shown.map(toHistoryEntry), next };
}

async function readRows(sql: Sql, { slug, limit, cursor }: HistoryQuery): Promise<HistoryRow[]> {
  const before = cursor === undefined ? sql`` : sql`and y.observation < ${cursor}::bigint`;
  return await statement(sql<HistoryRow[]>`
    select h.observation::text, ${iso(sql, 'h.at')} as at,
      h.tier_was, h.tier_now, h.statuses_was, h.statuses_now, h.changed
    from managed_repos r
    left join lateral (
      select * from doi_history y where y.repo_id = r.id ${before} order by y.observation desc limit ${limit}
    ) h on true
    where r.slug = ${slug}
    order by h.observation desc`);
}

/** Makes the entry of a change. */
export function toHistoryEntry(row: HistoryRow): HistoryEntry {
  const { at, tier_was, tier_now, statuses_was, statuses_now, changed } = row;
  const criteria = CRITERION_IDS.flatMap((id) => {
    const [was, now] = [statuses_was?.[id] ?? null, statuses_now[id] ?? null];
    return was === now ? [] : [{ id, was, now }];
  });
  return { at, tier_was, tier_now, criteria, changed };
}

/** Deletes changes older than `days`. @returns how many it deleted */
export async function trimHistory(sql: Sql, days: number): Promise<number> {
  const result = await statement(
    sql`delete from doi_history where at < clock_timestamp() - ${days} * interval '1 day'`,
  );
  return result.count;
}
