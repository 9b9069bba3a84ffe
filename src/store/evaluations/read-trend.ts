/** Reads how many repositories there were at each tier, day by day, walked back from what they are now. */

import type { TrendAnswer, TrendDay } from '../../api/history.js';
import { DoiError } from '../../domain/errors.js';
import { type Sql, statement } from '../../platform/postgres/sql.js';

export interface TrendQuery {
  /** How many days at most. */
  readonly days: number;
  /** The last day of the page, which an earlier page gave as its `next`; undefined for today. */
  readonly cursor: string | undefined;
}

export interface TrendDeps {
  readonly sql: Sql;
  /** How many days the history is kept. */
  readonly historyDays: number;
}

/** The counts of a day, in the order of the answer. */
const STANDINGS = [
  'none',
  'core',
  'standard',
  'full',
  'never_evaluated',
] as const satisfies readonly (keyof TrendDay)[];
/** Earlier dates are treated as this one; there is no data before it. */
const LONG_AGO = '1970-01-01';

interface Row extends TrendDay {
  today: string;
  /** The last day before the page; null where there is no data for it. */
  before: string | null;
}

/**
 * Reads a page of the trend of the repositories that are active now. At the end of a day a repository had the tier from
 * before its first change after that day; without such a change, its tier of now. Before it was registered it counts
 * nowhere. So the counts of a day add up to the repositories, whatever the sweep has trimmed and whatever another program
 * or a clock that was set back has left in the rows.
 * @throws {DoiError} `bad_request` for a cursor that no page gave, `database_unavailable`, `schema_incompatible`
 */
export async function readTrend(deps: TrendDeps, query: TrendQuery): Promise<TrendAnswer> {
  const { cursor } = query;
  const rows = await readRows(deps, query);
  if (cursor !== undefined && cursor > (rows[0]?.today ?? cursor)) {
    throw new DoiError(
      'bad_request',
      'The cursor is not one of a page.',
      'Hand back `next` as it was given.',
    );
  }
  return { days: rows.map(({ today: _, before: __, ...day }) => day), next: rows[0]?.before ?? null };
}

/** One statement, which locks nothing: each active repository once and, by the index on doi_history(at), the changes since. */
async function readRows({ sql, historyDays }: TrendDeps, { days, cursor }: TrendQuery): Promise<Row[]> {
  const perTier = (count: (tier: string) => ReturnType<Sql>) =>
    STANDINGS.map((tier, index) => sql`${index === 0 ? sql`` : sql`,`} ${count(tier)} as ${sql(tier)}`);
  const midnight = (date: ReturnType<Sql>) => sql`((${date})::timestamp at time zone 'UTC')`;
  const wanted = cursor !== undefined && cursor < LONG_AGO ? LONG_AGO : (cursor ?? null);
  return await statement(sql<Row[]>`
    with day as (
      select (statement_timestamp() at time zone 'UTC')::date as today
    ), bounds as (
      select today, least(${wanted}::date, today) as last,
        greatest(today - ${historyDays - 1}::int, least(today, (
          select (min(created_at) at time zone 'UTC')::date from managed_repos where status = 'active'))) as earliest
      from day
    ), page as (
      select today, last, earliest, greatest(last - ${days - 1}::int, earliest) as first from bounds
    ), repos as (
      select r.id, r.created_at, case
        when c.repo_id is null then 'never_evaluated'
        when c.tier in ('core', 'standard', 'full') then c.tier
        else 'none' end as tier
      from managed_repos r left join doi_cache c on c.repo_id = r.id
      where r.status = 'active'
    ), events as (
      select r.id, r.tier, h.at, h.observation, coalesce(h.tier_was, 'never_evaluated') as was
      from doi_history h join repos r on r.id = h.repo_id and h.at >= r.created_at
      where h.at >= (select ${midnight(sql`first + 1`)} from page) and h.tier_was is distinct from h.tier_now
      union all
      select id, tier, created_at, 0, 'absent' from repos
      where created_at >= (select ${midnight(sql`first + 1`)} from page)
    ), changes as (
      select (at at time zone 'UTC')::date as date, was,
        lead(was, 1, tier) over (partition by id order by at, observation) as now
      from events
    ), moved as (
      -- A change in the future is of a clock that was set back since: it happened before now all the same.
      select least(date, (select today from page)) as date, tier, sum(n) as n
      from changes, lateral (values (was, 1), (now, -1)) as counted (tier, n)
      where was <> now
      group by 1, 2
    ), by_day as (
      select day::date as date, ${perTier((tier) => sql`coalesce(sum(m.n) filter (where m.tier = ${tier}), 0)`)}
      from page
        cross join generate_series(first::timestamp, today::timestamp, interval '1 day') as day
        left join moved m on m.date = day::date + 1
      group by 1
    ), at_last as (
      select ${perTier((tier) => sql`count(*) filter (where tier = ${tier})`)} from repos
    ), walked as (
      select d.date, ${perTier((tier) => sql`(a.${sql(tier)} + sum(d.${sql(tier)}) over later)::int`)}
      from by_day d cross join at_last a
      window later as (order by d.date desc)
    )
    select to_char(w.date, 'YYYY-MM-DD') as date, ${STANDINGS.map((tier) => sql`w.${sql(tier)},`)}
      p.today::text as today, case when p.first > p.earliest then (p.first - 1)::text end as before
    from walked w cross join page p
    where w.date <= p.last
    order by w.date`);
}
