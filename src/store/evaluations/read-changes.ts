/** Reads what changed over all active repositories: each change of a tier or of a status, the latest first. */

import type { ChangeEntry, ChangesAnswer } from '../../api/history.js';
import type { Direction } from '../../domain/tier.js';
import { iso, type Sql, statement } from '../../platform/postgres/sql.js';
import { type HistoryRow, toHistoryEntry } from './history.js';
import type { TrendDeps } from './read-trend.js';

export interface ChangesQuery {
  /** A date or a time in ISO 8601, or a number of minutes, hours, days or weeks such as `7d`. */
  readonly since: string;
  /** Only changes in which a tier or a criterion got worse, or only those in which one got better; a change can be both. */
  readonly direction: 'worse' | 'better' | 'all';
  /** How many entries at most. */
  readonly limit: number;
  /** The `next` of an earlier page; undefined for the first page. */
  readonly cursor: string | undefined;
}

/** As the statement returns it; `observation` is null in the one row that stands for no change at all. */
interface Row extends HistoryRow {
  since: string;
  known_since: string | null;
  repo_slug: string;
  domain_slug: string | null;
  tier: ChangeEntry['tier'];
  direction: Direction;
  cursor: string;
}

/**
 * Reads a page. The database's function doi_direction decides which change is worse and which is better.
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function readChanges(deps: TrendDeps, query: ChangesQuery): Promise<ChangesAnswer> {
  const { limit } = query;
  const rows = await readRows(deps, { ...query, limit: limit + 1 });
  const found = rows.flatMap((row) => (row.observation === null ? [] : [row]));
  const shown = found.slice(0, limit);
  const next = found.length > limit ? (shown.at(-1)?.cursor ?? null) : null;
  const { since = '', known_since = null } = rows[0] ?? {};
  return { since, known_since, changes: shown.map(toEntry), next };
}

/**
 * One statement, which locks nothing. It walks an index on doi_history(at) backwards from now until the page is full; for a
 * direction it takes the partial index of that direction. Both bounds that move with the clock are whole minutes, so that
 * the answer stays the same, and its ETag too, for a minute.
 */
async function readRows({ sql, historyDays }: TrendDeps, query: ChangesQuery): Promise<Row[]> {
  const { since, direction, limit, cursor } = query;
  return await statement(sql<Row[]>`
    with bounds as (
      select ${sinceOf(sql, since)} as since, (
        select greatest(at, date_trunc('minute', statement_timestamp() + interval '1 minute')
          - ${historyDays} * interval '1 day')
        from doi_history order by at limit 1) as known_since
    )
    select ${iso(sql, 'b.since')} as since, ${iso(sql, 'b.known_since')} as known_since, h.observation::text,
      ${iso(sql, 'h.at')} as at, (extract(epoch from h.at) * 1000000)::bigint || '-' || h.observation as cursor,
      h.tier_was, h.tier_now, h.statuses_was, h.statuses_now, h.changed, h.direction,
      h.slug as repo_slug, d.slug as domain_slug,
      case when c.tier in ('core', 'standard', 'full') then c.tier else 'none' end as tier
    from bounds b
      left join lateral (
        select h.*, r.slug, r.domain_id
        from doi_history h cross join lateral (
          select slug, domain_id from managed_repos where id = h.repo_id and status = 'active'
          -- OFFSET keeps this a lookup per change: without statistics PostgreSQL would begin with all repositories.
          offset 0
        ) r
        where h.at >= b.since ${beforeCursor(sql, cursor)} ${PREDICATES[direction](sql)}
        order by h.at desc, h.observation desc
        limit ${limit}
      ) h on true
      left join domains d on d.id = h.domain_id
      left join doi_cache c on c.repo_id = h.repo_id
    order by h.at desc, h.observation desc`);
}

/** The very conditions of the partial indexes on doi_history(at). */
const PREDICATES = {
  worse: (sql: Sql) => sql`and h.direction in ('worse', 'mixed')`,
  better: (sql: Sql) => sql`and h.direction in ('better', 'mixed')`,
  all: (sql: Sql) => sql``,
};

const UNITS = { m: 'minute', h: 'hour', d: 'day', w: 'week' } as const;

/** The beginning of the period. */
function sinceOf(sql: Sql, since: string) {
  const [, count = '', unit = ''] = /^(\d+)([mhdw])$/.exec(since) ?? [];
  if (count !== '') {
    const step = `1 ${UNITS[unit as keyof typeof UNITS]}`;
    return sql`date_trunc('minute', statement_timestamp()) - ${count}::int * ${step}::interval`;
  }
  // PostgreSQL knows no year 0, and no change is older than 1970.
  return sql`${new Date(Math.max(0, Date.parse(since))).toISOString()}::timestamptz`;
}

/** Pages go by time and, of changes at one time, by evaluation. */
function beforeCursor(sql: Sql, cursor: string | undefined) {
  if (cursor === undefined) return sql``;
  const [micros = '', observation = ''] = cursor.split('-');
  const at = sql`(timestamptz 'epoch' + ${micros}::bigint * interval '1 microsecond')`;
  return sql`and h.at <= ${at} and (h.at, h.observation) < (${at}, ${observation}::bigint)`;
}

function toEntry(row: Row): ChangeEntry {
  const { repo_slug, domain_slug, tier, direction } = row;
  return { repo_slug, domain_slug, direction, tier, ...toHistoryEntry(row) };
}
