/** The prepared summary shows every change, is never falsely fresh, and reads nothing for an HTTP request. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { SummaryEntry } from '../../../src/api/summary.js';
import { DoiError } from '../../../src/domain/errors.js';
import { TIERS } from '../../../src/domain/tier.js';
import { distPath } from '../../../src/platform/process/package-root.js';
import { watchOnce } from '../../../src/producer/watch.js';
import type { PreparedSummary } from '../../../src/reader/summary/prepared-summary.js';
import { readSummary, type SummaryFilter } from '../../../src/reader/summary/read-summary.js';
import { archiveRepositories, unregisterRepositories } from '../../../src/registry/change.js';
import { readDatabaseTime } from '../../../src/store/hosts/heartbeat.js';
import { makeSummary } from '../../helpers/summary.js';
import { makeTempFolder, removeFolder } from '../../helpers/temp-folder.js';
import { openWorld, type World } from '../../helpers/world.js';

let world: World;
const summaries: PreparedSummary[] = [];
beforeAll(async () => {
  world = await openWorld('summary');
  for (const slug of ['one', 'two', 'three', 'four']) {
    await world.add(slug, { 'SCOPE.md': '# Scope\n' });
    if (slug !== 'four') await world.evaluate(slug);
  }
});
afterEach(async () => {
  for (const summary of summaries.splice(0)) await summary.close();
});
afterAll(() => world.close());

function follow(passMs = 600_000): PreparedSummary {
  const summary = makeSummary(world.deps, { databaseUrl: world.url, passMs });
  summaries.push(summary);
  return summary;
}

const pass = () => watchOnce({ ...world.deps, capacity: 1, wake: async () => {} });
const truth = (filter: SummaryFilter = {}) => readSummary(world.deps, filter);
const shown = async (summary: PreparedSummary, filter: SummaryFilter = {}): Promise<SummaryEntry[]> => {
  const { representation } = await summary.get({ filter });
  return JSON.parse(representation.plain.bytes.toString());
};
const tag = async (summary: PreparedSummary) => (await summary.get({ filter: {} })).representation.plain.etag;

/** Waits until the summary equals the database: promised within 150 ms, and within the period of a pass for the registry. */
const becomesTrue = (summary: PreparedSummary, filter: SummaryFilter = {}) =>
  vi.waitFor(async () => expect(await shown(summary, filter)).toEqual(await truth(filter)), {
    interval: 20,
    timeout: 5000,
  });

const WRITES: Readonly<Record<string, () => Promise<unknown>>> = {
  'an evaluation': async () => {
    await world.write('one', 'SCOPE.md', `# Scope ${Math.random()}\n`);
    await world.evaluate('one');
  },
  'a failure': async () => {
    const { deps } = world;
    world.deps = {
      ...deps,
      check: () => Promise.reject(new DoiError('checker_crashed', 'It broke.', 'Repair it.')),
    };
    await world.write('two', 'workplans/README.md', `${Math.random()}`);
    await world.evaluate('two');
    world.deps = deps;
  },
  'an observation of the watch': async () => {
    await world.write('three', 'CLAUDE.md', `# ${Math.random()}\n`);
    await pass();
  },
};

describe('a change with a notification', () => {
  it.each(Object.keys(WRITES))('appears without a pass, with another tag: %s', async (name) => {
    const summary = follow();
    const before = await tag(summary);
    const first = await shown(summary);
    await WRITES[name]?.();
    await becomesTrue(summary);
    expect(await shown(summary)).not.toEqual(first);
    expect(await tag(summary)).not.toBe(before);
  });

  it('appears when a host becomes silent, and when it has a heartbeat again', async () => {
    const summary = follow();
    await pass();
    await becomesTrue(summary);
    const one = async () => (await shown(summary)).find(({ repo_slug: slug }) => slug === 'one');
    expect(await one()).toMatchObject({ verified: 'observed' });
    await world.sql`update doi_observation set seen_at = seen_at - interval '2 minutes'`;
    await world.sql`update doi_host set heartbeat = heartbeat - interval '2 minutes'`;
    await becomesTrue(summary);
    expect(await one()).toMatchObject({ verified: 'registry', stale: true });
    await pass();
    await becomesTrue(summary);
    expect(await one()).toMatchObject({ verified: 'observed' });
  });

  it('appears also after the connection was lost', async () => {
    const summary = follow();
    await shown(summary);
    const ended = await world.sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'doi-worker summary' and datname = current_database()`;
    expect(ended).toHaveLength(1);
    await WRITES['an evaluation']?.();
    await becomesTrue(summary);
    await WRITES['an evaluation']?.();
    await becomesTrue(summary);
  });

  it.each<[string, () => Promise<unknown>]>([
    [
      'the connection was lost',
      () => world.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'doi-worker summary' and datname = current_database()`,
    ],
    [
      'the database is another one behind the same connection',
      () => world.sql`update doi_incarnation set id = gen_random_uuid()`,
    ],
  ])('is found when %s, although rows that differ may have the same row versions', async (_, replace) => {
    // As in a server that was restored: no row version shows that the row was written.
    await world.sql.unsafe(`create schema if not exists same_names;
      create or replace function same_names.md5(text) returns text language sql as $$ select 'same' $$`);
    const [databaseUrl, schema] = [world.url, 'same_names, public, pg_catalog'];
    const summary = makeSummary(world.deps, { databaseUrl, schema, passMs: 100 });
    summaries.push(summary);
    await pass();
    await becomesTrue(summary);
    await world.sql`update managed_repos set remote_url = ${`https://example.org/${Math.random()}`} where slug = 'one'`;
    await replace();
    await becomesTrue(summary);
  });

  it('keeps the tag if nothing that is shown has changed', async () => {
    const summary = follow(50);
    await pass();
    await becomesTrue(summary);
    const before = await summary.get({ filter: {} });
    await world.sql`update managed_repos set description = 'not shown'`;
    await world.sql`update doi_evaluation set trigger = trigger`;
    await pass();
    await expect.poll(async () => (await summary.get({ filter: {} })).verifiedAt).not.toBe(before.verifiedAt);
    expect((await summary.get({ filter: {} })).representation.plain.etag).toBe(
      before.representation.plain.etag,
    );
  });
});

describe('a change without a notification', () => {
  const REGISTRY: Readonly<Record<string, () => Promise<unknown>>> = {
    'another remote': () =>
      world.sql`update managed_repos set remote_url = ${`https://example.org/${Math.random()}`} where slug = 'one'`,
    'a goal': () =>
      world.sql`insert into repo_goals (repo_id, title) select id, 'g' from managed_repos where slug = 'one'`,
    'a domain that is archived': async () => {
      await world.sql`insert into domains (slug, name) values ('d', 'D') on conflict do nothing`;
      await world.sql`update managed_repos set domain_id = (select id from domains where slug = 'd')`;
      await world.sql`update domains set status = 'archived' where slug = 'd'`;
    },
    'a row that another program wrote': () =>
      world.sql`update doi_cache set tier = 'full' where repo_id = (select id from managed_repos where slug = 'one')`,
    'a new repository': () => world.add(`new-${Date.now()}`),
    'an archived one': () => archiveRepositories(world.sql, ['three']),
    'one that is gone': () => unregisterRepositories(world.sql, ['two']),
  };
  it.each(Object.keys(REGISTRY))('appears after the next pass: %s', async (name) => {
    const summary = follow(100);
    await becomesTrue(summary);
    const before = await tag(summary);
    await REGISTRY[name]?.();
    await becomesTrue(summary);
    expect(await tag(summary)).not.toBe(before);
  });
});

describe('a part of the summary', () => {
  it('has the entries that the filter keeps, for any filter', async () => {
    const summary = follow();
    await becomesTrue(summary);
    const maybe = <T>(values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
    const filters = fc.record({
      domain: maybe(['d', 'none']),
      tier: maybe(TIERS),
      stale: maybe([true, false]),
      broken: maybe([true, false]),
    });
    await fc.assert(
      fc.asyncProperty(filters, async (filter) => {
        expect(await shown(summary, filter)).toEqual(await truth(filter));
      }),
      { numRuns: 60 },
    );
  });

  it('is made once for all clients, until something changes', async () => {
    const summary = follow();
    await shown(summary);
    const ask = () => summary.get({ filter: { tier: 'none' } });
    const [first, second] = await Promise.all([ask(), ask()]);
    expect(second.representation).toBe(first.representation);
    expect((await ask()).isHit).toBe(true);
    await WRITES['an evaluation']?.();
    await becomesTrue(summary, { tier: 'none' });
    expect((await ask()).representation).not.toBe(first.representation);
  });
});

it('the summary is answered while the tables are locked: an HTTP request reads nothing', async () => {
  const summary = follow();
  await becomesTrue(summary);
  const before = await shown(summary);
  await world.sql.begin(async (sql) => {
    await sql`lock table managed_repos, doi_cache, doi_evaluation, doi_observation, doi_host`;
    expect(await shown(summary)).toEqual(before);
    expect(await shown(summary, { tier: 'none' })).toEqual(before.filter(({ tier }) => tier === 'none'));
  });
});

it('the summary is never fresh for a time at which an input differed', async () => {
  const summary = follow(30);
  await world.sql`update managed_repos set domain_id = null`;
  await world.evaluate('one');
  await pass();
  for (let n = 0; n < 15; n += 1) {
    await world.evaluate('one', { forced: true });
    await becomesTrue(summary);
    await world.sql`update managed_repos set remote_url = ${`https://example.org/${n}`} where slug = 'one'`;
    const changedAt = await readDatabaseTime(world.sql);
    await vi.waitFor(async () => {
      const { representation, verifiedAt } = await summary.get({ filter: {} });
      const entries: SummaryEntry[] = JSON.parse(representation.plain.bytes.toString());
      const one = entries.find(({ repo_slug: slug }) => slug === 'one');
      if (verifiedAt > changedAt) expect(one?.stale).toBe(true);
      expect(one?.stale).toBe(true);
    }, 5000);
  }
});

it('when its thread breaks, the summary is an error until the next thread has started', async () => {
  const folder = await makeTempFolder('summary-thread');
  const real = pathToFileURL(distPath('reader/summary/thread.js'));
  const entry = join(folder, 'thread.mjs');
  await writeFile(
    entry,
    `import { existsSync, writeFileSync } from 'node:fs';
     const mark = ${JSON.stringify(join(folder, 'broke'))};
     if (!existsSync(mark)) { writeFileSync(mark, ''); throw new Error('planned'); }
     await import(${JSON.stringify(real.href)});`,
  );
  const summary = makeSummary(world.deps, { databaseUrl: world.url, entry });
  summaries.push(summary);
  await expect(shown(summary)).rejects.toMatchObject({ code: 'internal' });
  // The thread restarts after a second; the test allows five.
  await vi.waitFor(async () => expect(await shown(summary)).toEqual(await truth()), 5000);
  await removeFolder(folder);
});

it('an entry becomes stale by time alone: at an age limit, and when its host is silent', async () => {
  const { deps } = world;
  await world.evaluate('one', { forced: true });
  await pass();
  for (const limits of [
    { ...deps, limits: { any: 4000, checker: 4000 } },
    { ...deps, observedLimitMs: 4000 },
  ]) {
    await world.evaluate('one', { forced: true });
    const summary = makeSummary(limits, { databaseUrl: world.url, passMs: 600_000 });
    summaries.push(summary);
    const one = async () => (await shown(summary)).find(({ repo_slug: slug }) => slug === 'one');
    expect(await one()).toMatchObject({ stale: false });
    await expect.poll(one, { interval: 50, timeout: 20_000 }).toMatchObject({ stale: true });
  }
});

it('ends at once when it is closed before its first summary is made', async () => {
  const fleet = follow();
  fleet.start();
  const began = performance.now();
  await fleet.close();
  // A second until the thread has started and read once, held at five times that. It is killed after six.
  expect(performance.now() - began).toBeLessThan(5000);
});
