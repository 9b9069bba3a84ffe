/** Tests of the trend: random histories, held against a model that goes day by day. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TrendDay } from '../../src/api/history.js';
import { TIERS, type Tier } from '../../src/domain/tier.js';
import { readTrend, type TrendDeps } from '../../src/store/evaluations/read-trend.js';
import { openTestDatabase, type TestDatabase } from '../helpers/test-database.js';

const DAY = 86_400_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

/** A change so long ago, in milliseconds; below 0 it is of a clock that was set back. */
interface Change {
  readonly ago: number;
  readonly tier: Tier;
}
interface Repository {
  readonly isActive: boolean;
  /** How long ago it was registered, in milliseconds. */
  readonly ago: number;
  readonly changes: readonly Change[];
  /** How many of its first changes were trimmed. */
  readonly trimmed: number;
  /** What another program wrote over its row; undefined where none did. */
  readonly foreign: Tier | 'gold' | undefined;
}

// Many at the very ends of days.
const ago = fc.oneof(
  fc.integer({ min: -2 * DAY, max: 12 * DAY }),
  fc.record({ days: fc.nat(12), ms: fc.integer({ min: -1, max: 1 }) }).map(({ days, ms }) => ({ days, ms })),
);
const repository = fc.record({
  isActive: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
  ago,
  changes: fc.array(fc.record({ ago, tier: fc.constantFrom(...TIERS) }), { maxLength: 6 }),
  trimmed: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(2)),
  foreign: fc.option(fc.constantFrom(...TIERS, 'gold' as const), { nil: undefined, freq: 6 }),
});
type Drawn = typeof repository extends fc.Arbitrary<infer Value> ? Value : never;

/** The start of a day so many days before that of `now`, in UTC. */
const midnight = (now: number, days: number) => Math.floor(now / DAY) * DAY - days * DAY;
const toRepository = (drawn: Drawn, now: number): Repository => {
  const exact = (one: Drawn['ago']) =>
    typeof one === 'number' ? one : now - (midnight(now, one.days) + one.ms);
  const changes = drawn.changes.map(({ ago: when, tier }) => ({ ago: exact(when), tier }));
  changes.sort((one, other) => other.ago - one.ago);
  return { ...drawn, ago: exact(drawn.ago), changes };
};

interface Stored {
  readonly id: string;
  readonly isActive: boolean;
  readonly created: number;
  readonly now: Tier | 'never_evaluated';
  readonly history: readonly { readonly at: number; readonly was: Tier | null; readonly tier: Tier }[];
}

/** What is stored of it. */
function toStored(one: Repository, now: number): Stored {
  const history = one.changes.map(({ ago: when, tier }, index) => ({
    at: now - when,
    was: one.changes[index - 1]?.tier ?? null,
    tier,
  }));
  const row = one.foreign ?? one.changes.at(-1)?.tier;
  return {
    id: randomUUID(),
    isActive: one.isActive,
    created: now - one.ago,
    now: row === undefined ? 'never_evaluated' : row === 'gold' ? 'none' : row,
    history: history.slice(one.trimmed),
  };
}

async function store(repositories: readonly Repository[], now: number): Promise<Stored[]> {
  const { sql } = database;
  await sql`delete from managed_repos`;
  const all = repositories.map((one) => toStored(one, now));
  for (const [index, { id, isActive, created, history }] of all.entries()) {
    const one = repositories[index];
    await sql`
      insert into managed_repos (id, slug, name, status, created_at)
      values (${id}, ${id}, ${id}, ${isActive ? 'active' : 'archived'}, ${new Date(created).toISOString()})`;
    const row = one?.foreign ?? one?.changes.at(-1)?.tier;
    if (row !== undefined)
      await sql`insert into doi_cache (id, repo_id, tier, fingerprint) values (${id}, ${id}, ${row}, 'x')`;
    for (const [observation, { at, was, tier }] of history.entries()) {
      await sql`
        insert into doi_history (repo_id, observation, at, tier_was, tier_now, statuses_now, changed)
        values (${id}, ${observation + 1}, ${new Date(at).toISOString()}, ${was}, ${tier}, '{}', '[]')`;
    }
  }
  return all;
}

/** The tier of one at the end of a day, which is when the next one begins; undefined where it was not there. */
function tierAt({ created, history, now }: Stored, end: number): Tier | 'never_evaluated' | undefined {
  if (created >= end) return undefined;
  const next = history.find(({ at, was, tier }) => at >= end && was !== tier);
  return next === undefined ? now : (next.was ?? 'never_evaluated');
}

function modelDay(all: readonly Stored[], start: number, isToday: boolean): TrendDay {
  const day = { date: new Date(start).toISOString().slice(0, 10) } as Record<string, unknown>;
  for (const tier of [...TIERS, 'never_evaluated']) day[tier] = 0;
  for (const one of all.filter(({ isActive }) => isActive)) {
    const tier = isToday ? one.now : tierAt(one, start + DAY);
    if (tier !== undefined) day[tier] = (day[tier] as number) + 1;
  }
  return day as unknown as TrendDay;
}

/** The first day of which something is known, as the time of its beginning. */
function earliestOf(all: readonly Stored[], now: number, historyDays: number): number {
  const registered = all.filter(({ isActive }) => isActive).map(({ created }) => created);
  const first = midnight(Math.min(now, ...registered), 0);
  return Math.max(midnight(now, historyDays - 1), first);
}

it('equals what counting all repositories day by day gives, on one page or many', async () => {
  let changed = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(repository, { maxLength: 5 }),
      fc.integer({ min: 1, max: 14 }),
      fc.constantFrom(5, 400),
      async (drawn, days, historyDays) => {
        const now = Date.now();
        // What is today would not stay so.
        fc.pre(midnight(now, -1) - now > 10_000);
        const all = await store(
          drawn.map((one) => toRepository(one, now)),
          now,
        );
        const earliest = earliestOf(all, now, historyDays);
        const model = Array.from({ length: 15 }, (_, ago) => midnight(now, 14 - ago))
          .filter((start) => start >= earliest)
          .map((start) => modelDay(all, start, start === midnight(now, 0)));
        const deps = { sql: database.sql, historyDays };
        const whole = await readTrend(deps, { days, cursor: undefined });
        expect(whole.days).toEqual(model.slice(-days));
        expect(await readPages(deps, Math.ceil(days / 3))).toEqual(model);
        changed += new Set(model.map(({ date: _, ...counts }) => JSON.stringify(counts))).size - 1;
      },
    ),
    { numRuns: 150, endOnFailure: true },
  );
  // Else it would have been about nothing.
  expect(changed).toBeGreaterThan(50);
}, 120_000);

/** All days, page after page. */
async function readPages(deps: TrendDeps, days: number): Promise<TrendDay[]> {
  const found: TrendDay[] = [];
  let cursor: string | undefined;
  do {
    const page = await readTrend(deps, { days, cursor });
    expect(page.days.length).toBeGreaterThan(0);
    found.unshift(...page.days);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return found;
}
