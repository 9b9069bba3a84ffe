/** Pages and chosen fields of the summary over HTTP. */
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import LinkHeader from 'http-link-header';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SUMMARY_FIELDS, type SummaryEntry } from '../../../src/api/summary.js';
import { openLog } from '../../../src/platform/log.js';
import { addReaderRoutes } from '../../../src/reader/routes/index.js';
import type { PreparedSummary } from '../../../src/reader/summary/prepared-summary.js';
import { makeCheckedServer } from '../../helpers/checked-server.js';
import { makeSummary } from '../../helpers/summary.js';
import { openWorld, type World } from '../../helpers/world.js';

const BASE = 'https://doi.example/base';
const SUMMARY = '/repos/doi/summary';
const CSV = { accept: 'text/csv' };

let world: World;
let server: FastifyInstance;
let summary: PreparedSummary;
beforeAll(async () => {
  world = await openWorld('pages');
  // Of all four places in the order: never evaluated, and evaluated with a row of each tier.
  await world.sql`
    insert into managed_repos (id, slug, name) select gen_random_uuid(), 'repo-' || n, 'x' from generate_series(1, 40) n`;
  await world.sql`
    insert into doi_cache (id, repo_id, fingerprint, tier, core_pass, standard_pass, full_pass, criteria, checked_at)
    select gen_random_uuid(), id, 'x', (array['none', 'core', 'standard', 'full'])[1 + length(slug) % 4], false, false, false, '[]', now()
    from managed_repos where slug like '%2' or slug like '%3%'`;
  server = makeCheckedServer({ log: openLog('test', 'silent'), address: '127.0.0.1', readToken: undefined });
  summary = makeSummary(world.deps, { databaseUrl: world.url, passMs: 100 });
  addReaderRoutes(server, { ...world.deps, summary, publicUrl: BASE });
});
afterAll(async () => {
  await server.close();
  await summary.close();
  await world.close();
});

const ask = (query = '', headers: Record<string, string> = {}) =>
  server.inject({ url: `${SUMMARY}${query}`, headers });
const slugs = (all: readonly SummaryEntry[]) => all.map(({ repo_slug }) => repo_slug);

/** Follows `Link` to the end, as a client does. @returns the bodies of all pages */
async function follow(query: string, headers: Record<string, string> = {}): Promise<string[]> {
  const bodies: string[] = [];
  for (let next: string | undefined = query; next !== undefined; ) {
    const reply = await ask(next, headers);
    expect(reply.statusCode).toBe(200);
    bodies.push(reply.body);
    const [link] = LinkHeader.parse(String(reply.headers.link ?? '')).rel('next');
    expect(link === undefined || link.uri.startsWith(`${BASE}${SUMMARY}?`)).toBe(true);
    next = link?.uri.slice(`${BASE}${SUMMARY}`.length);
  }
  return bodies;
}

it('when nothing changes, then the pages are the whole summary, in any page size and through any filter', async () => {
  const filters = fc.constantFrom('', 'tier=none&', 'tier=core&', 'stale=true&', 'tier=full&broken=true&');
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 50 }), filters, async (limit, filter) => {
      const pages = (await follow(`?${filter}limit=${limit}`)).map((body) => JSON.parse(body));
      expect(pages.flat()).toEqual((await ask(`?${filter}`)).json());
      for (const page of pages.slice(0, -1)) expect(page).toHaveLength(limit);
    }),
    { numRuns: 25 },
  );
});

it('when fields are named, then each entry has these, in the order of an entry, on each page', async () => {
  const whole: SummaryEntry[] = (await ask()).json();
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray([...SUMMARY_FIELDS], { minLength: 1 }), async (fields) => {
      const pages = await follow(`?limit=25&fields=${fields.join(',')}`);
      const kept = SUMMARY_FIELDS.filter((field) => fields.includes(field));
      const expected = whole.map((entry) => Object.fromEntries(kept.map((field) => [field, entry[field]])));
      expect(JSON.stringify(pages.flatMap((body) => JSON.parse(body)))).toBe(JSON.stringify(expected));
    }),
    { numRuns: 10 },
  );
});

it('when CSV is accepted, then pages and fields choose its rows and columns', async () => {
  const pages = await follow('?limit=15&fields=stale_reasons,repo_slug,tier', CSV);
  const rows = pages.flatMap((body) => parse(body, { columns: true }) as Record<string, string>[]);
  expect(rows.map((row) => row['repo_slug'])).toEqual(slugs((await ask()).json()));
  expect(Object.keys(rows[0] ?? {})).toEqual(['repo_slug', 'tier', 'stale_because']);
  const statuses = (await ask('?limit=1&fields=statuses', CSV)).body;
  expect(statuses.split('\r\n')[0]).toBe('C1,C2,C3,C4,C5,C6,C7,C8,C9,C10,C11,C12,C13,C14');
});

it('when the last entry of a page is gone, then the next page goes on after its place', async () => {
  const { headers, ...first } = await ask('?limit=5');
  const last = slugs(first.json()).at(-1) ?? '';
  const next = LinkHeader.parse(String(headers.link)).rel('next')[0]?.uri.slice(`${BASE}${SUMMARY}`.length);
  const before = (await ask(next)).json();
  await world.sql`update managed_repos set status = 'archived' where slug = ${last}`;
  await expect.poll(async () => slugs((await ask()).json()), { timeout: 10_000 }).not.toContain(last);
  expect((await ask(next)).json()).toEqual(before);
});

it('when a page has not changed, then it is a 304 that names the next page too', async () => {
  const { headers } = await ask('?limit=2');
  const again = await ask('?limit=2', { 'if-none-match': String(headers.etag) });
  expect([again.statusCode, again.headers.link]).toEqual([304, headers.link]);
  expect(headers.link).toContain('limit=2');
});

it.each([
  'limit=0',
  'limit=1001',
  'limit=01',
  'cursor=',
  'cursor=x!',
  'cursor=W10',
  'fields=',
  'fields=tier,',
])('when the query is %s, then it is a bad request', async (query) => {
  expect((await ask(`?${query}`)).statusCode).toBe(400);
});

it('when a field is unknown, then the refusal names the valid ones', async () => {
  const { detail, remedy } = (await ask('?fields=tier,teir')).json();
  expect(detail).toContain('"teir"');
  for (const field of SUMMARY_FIELDS) expect(remedy).toContain(field);
});
