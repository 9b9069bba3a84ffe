/** Reads how many repositories there were at each tier, day by day. */

import { DoiError } from '../domain/errors.js';
import type { TrendAnswer } from '../domain/trend-answer.js';
import { databaseError, type Sql } from '../platform/sql.js';
import { daysBefore, type Move, type Standing, trendOf } from './trend.js';

export interface TrendQuery {
  /** How many days at most. */
  readonly days: number;
  /** What an earlier page gave as its `next`: the last day wanted; undefined for today. */
  readonly cursor: string | undefined;
}

export interface TrendDependencies {
  readonly sql: Sql;
  /** How many days the history is kept. */
  readonly historyDays: number;
}

interface Row extends Omit<Move, 'date'> {
  /** Null for how many there are now. */
  date: string | null;
}

/**
 * Reads a page of the trend, of the repositories that are active now.
 * @throws {DoiError} `bad_request` for a cursor that is no page's, `database_unavailable`, `schema_incompatible`
 */
export async function readTrend(deps: TrendDependencies, { days, cursor }: TrendQuery): Promise<TrendAnswer> {
  const { today: now, earliest } = await readBounds(deps);
  const last = cursor ?? now;
  if (Number.isNaN(Date.parse(last)) || last > now) {
    throw new DoiError(
      'bad_request',
      'The cursor is not one of a page.',
      'Hand back `next` as it was given.',
    );
  }
  const first = [daysBefore(last, days - 1), earliest].sort()[1] ?? earliest;
  const rows = await readRows(deps.sql, first);
  const today = Object.fromEntries(
    rows.filter(({ date }) => date === null).map((row) => [row.now, row.count]),
  );
  const moves = rows.flatMap(({ date, ...move }) => (date === null ? [] : [{ date, ...move }]));
  return {
    days: trendOf({ today, moves }, { first, last, now }),
    next: first > earliest ? daysBefore(first, 1) : null,
  };
}

/** The database's day, and the earliest of which something is known. */
async function readBounds({ sql, historyDays }: TrendDependencies) {
  try {
    const [row] = await sql<{ today: string; earliest: string }[]>`
      with day as (select (clock_timestamp() at time zone 'UTC')::date as today)
      select today::text, greatest(today - ${historyDays - 1}::int, coalesce((
        select (min(created_at) at time zone 'UTC')::date from managed_repos where status = 'active'), today))::text as earliest
      from day`;
    return { today: row?.today ?? '', earliest: row?.earliest ?? '' };
  } catch (error) {
    throw databaseError(error);
  }
}

/** Locks nothing; expects the index on doi_history(at). */
async function readRows(sql: Sql, first: string): Promise<Row[]> {
  const never: Standing = 'never_evaluated';
  try {
    return await sql<Row[]>`
      with fleet as materialized (
        select r.id, r.created_at, coalesce(e.tier, c.tier, ${never}) as standing
        from managed_repos r
        left join doi_evaluation e on e.repo_id = r.id
        left join doi_cache c on c.repo_id = r.id
        where r.status = 'active'
      )
      select null as date, null as was, standing as now, count(*)::int as count from fleet group by standing
      union all
      select (h.at at time zone 'UTC')::date::text, coalesce(h.tier_was, ${never}), h.tier_now, count(*)::int
      from doi_history h join fleet on fleet.id = h.repo_id
      where h.at >= ${first}::text::date::timestamp at time zone 'UTC' and h.tier_was is distinct from h.tier_now
      group by 1, 2, 3
      union all
      select (created_at at time zone 'UTC')::date::text, null, ${never}, count(*)::int
      from fleet where created_at >= ${first}::text::date::timestamp at time zone 'UTC'
      group by 1`;
  } catch (error) {
    throw databaseError(error);
  }
}
