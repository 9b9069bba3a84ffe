/** A client that polls the summary and only follows tags has the current one after any history, and never got the same twice. */
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { DoiError } from '../../../src/domain/errors.js';
import { openLog } from '../../../src/platform/log.js';
import { watchOnce } from '../../../src/producer/watch.js';
import { addReaderRoutes } from '../../../src/reader/routes/index.js';
import type { PreparedSummary } from '../../../src/reader/summary/prepared-summary.js';
import { readSummary } from '../../../src/reader/summary/read-summary.js';
import { makeCheckedServer } from '../../helpers/checked-server.js';
import { makeSummary } from '../../helpers/summary.js';
import { openWorld, type World } from '../../helpers/world.js';

const SLUGS = ['one', 'two', 'three'];

let world: World;
let summary: PreparedSummary;
let server: FastifyInstance;
beforeAll(async () => {
  world = await openWorld('summary-history');
  for (const slug of SLUGS) await world.add(slug, { 'SCOPE.md': '# Scope\n' });
  summary = makeSummary(world.deps, { databaseUrl: world.url, passMs: 100 });
  server = makeCheckedServer({ log: openLog('test', 'silent'), address: '127.0.0.1', readToken: undefined });
  addReaderRoutes(server, { ...world.deps, summary });
});
afterAll(async () => {
  await server.close();
  await summary.close();
  await world.close();
});

const pass = () => watchOnce({ ...world.deps, capacity: 1, wake: async () => {} });
const STEPS: Readonly<Record<string, (slug: string, n: number) => Promise<unknown>>> = {
  evaluate: (slug) => world.evaluate(slug),
  edit: async (slug, n) => {
    await world.write(slug, 'SCOPE.md', `# Scope ${n}\n`);
    await pass();
  },
  break: async (slug) => {
    const { deps } = world;
    world.deps = {
      ...deps,
      check: () => Promise.reject(new DoiError('checker_crashed', 'It broke.', 'Repair it.')),
    };
    await world.write(slug, 'workplans/README.md', `${Math.random()}`);
    await world.evaluate(slug);
    world.deps = deps;
  },
  remote: (slug, n) => world.sql`
    update managed_repos set remote_url = ${`https://example.org/${n}`} where slug = ${slug}`,
  archive: (slug) => world.sql`update managed_repos set status = 'archived' where slug = ${slug}`,
  activate: (slug) => world.sql`update managed_repos set status = 'active' where slug = ${slug}`,
  foreign: (slug) => world.sql`
    update doi_cache set tier = 'core' where repo_id = (select id from managed_repos where slug = ${slug})`,
  forget: (slug) => world.sql`
    delete from doi_cache where repo_id = (select id from managed_repos where slug = ${slug})`,
  silence: () => world.sql`update doi_host set heartbeat = heartbeat - interval '1 hour'`,
  pass,
  nothing: async () => {},
};

interface Known {
  readonly tag: string;
  readonly body: string;
}

/** Polls as a client that already has a version. */
async function poll(known: Known | undefined): Promise<Known> {
  const headers = known === undefined ? {} : { 'if-none-match': known.tag };
  const reply = await server.inject({ url: '/repos/doi/summary', headers });
  if (reply.statusCode === 304 && known !== undefined) return known;
  expect(reply.statusCode).toBe(200);
  const next = { tag: String(reply.headers.etag), body: reply.body };
  expect(next.body).not.toBe(known?.body);
  return next;
}

it('a client that polls the summary by its tag has the current one after any history', async () => {
  let known: Known | undefined;
  let changes = 0;
  const step = fc.record({
    step: fc.constantFrom(...Object.keys(STEPS)),
    slug: fc.constantFrom(...SLUGS),
    n: fc.nat(3),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (history) => {
      for (const { step: name, slug, n } of history) {
        await STEPS[name]?.(slug, n);
        await vi.waitFor(
          async () => {
            const before = known;
            known = await poll(known);
            if (known !== before) changes += 1;
            expect(JSON.parse(known.body)).toEqual(await readSummary(world.deps, {}));
          },
          { interval: 10, timeout: 5000 },
        );
      }
    }),
    { numRuns: 15 },
  );
  // The histories are random; without a change the test would show nothing.
  expect(changes).toBeGreaterThan(2);
}, 120_000);
