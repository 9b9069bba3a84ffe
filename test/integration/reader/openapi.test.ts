/** The OpenAPI document has exactly the routes of the server, and a client of the hub can read the answers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATHS } from '../../../src/api/document.js';
import { openLog } from '../../../src/platform/log.js';
import { addRefreshRoute } from '../../../src/producer/refresh-route.js';
import { addWebhookRoutes } from '../../../src/producer/webhooks/routes.js';
import { addHealthRoutes } from '../../../src/reader/routes/health.js';
import { addReaderRoutes } from '../../../src/reader/routes/index.js';
import { addMetricsRoute } from '../../../src/reader/routes/metrics.js';
import { addMcpRoute } from '../../../src/web/mcp-route.js';
import { makeCheckedServer } from '../../helpers/checked-server.js';
import { openWorld, type World } from '../../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld('openapi');
  await world.add('widget', { 'SCOPE.md': '# Scope\n' });
  await world.evaluate('widget');
});
afterAll(() => world.close());

const make = () =>
  makeCheckedServer({ log: openLog('test', 'silent'), address: '127.0.0.1', readToken: undefined });

describe('the document', () => {
  it('has an operation for each route, and none for another', async () => {
    const server = make();
    const routes: string[] = [];
    server.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) if (one !== 'HEAD') routes.push(`${one} ${url}`);
    });
    addHealthRoutes(server, world.deps);
    addReaderRoutes(server, world.deps);
    addMetricsRoute(server, world.deps as never);
    addRefreshRoute(server, { ...world.deps, caller: {} } as never);
    addWebhookRoutes(server, { ...world.deps, secrets: {} } as never);
    addMcpRoute(server, { ...world.deps, caller: {} } as never);
    await server.ready();
    await server.close();
    const operations = Object.entries(PATHS).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(routes.sort()).toEqual(operations.sort());
  });

  it('is served as JSON, and is a 304 for a client that has it', async () => {
    const server = make();
    addReaderRoutes(server, { ...world.deps, publicUrl: 'https://doi.example/base' });
    const reply = await server.inject('/openapi.json');
    const { openapi, servers, info } = reply.json();
    expect({ openapi, servers }).toEqual({
      openapi: '3.1.0',
      servers: [{ url: 'https://doi.example/base' }],
    });
    expect(info.version).toBe(world.deps.release.version);
    const headers = { 'if-none-match': String(reply.headers.etag) };
    expect((await server.inject({ url: '/openapi.json', headers })).statusCode).toBe(304);
    await server.close();
  });
});

/** What a client that was written for the hub reads, and of which type. */
const HUB_TIERS = { tier: 'string', core_pass: 'boolean', standard_pass: 'boolean', full_pass: 'boolean' };
const HUB_REPORT = {
  repo_slug: 'string',
  ...HUB_TIERS,
  criteria: 'object',
  fingerprint: 'string',
  checked_at: 'string',
};
const HUB_CRITERION = { id: 'string', label: 'string', tier: 'string', status: 'string', detail: 'string' };
const HUB_ENTRY = { repo_slug: 'string', domain_slug: 'string', ...HUB_TIERS, checked_at: 'string' };

/** The fields of `shape`, with the type that they have in an answer. */
const read = (answer: Record<string, unknown>, shape: object) =>
  Object.fromEntries(Object.keys(shape).map((field) => [field, typeof answer[field]]));

it('a client that was written for the hub reads its own fields, of their types', async () => {
  const server = make();
  addReaderRoutes(server, world.deps);
  const report = (await server.inject('/repos/widget/doi')).json();
  expect(read(report, HUB_REPORT)).toEqual(HUB_REPORT);
  expect(report.criteria.map((it: Record<string, unknown>) => read(it, HUB_CRITERION))).toEqual(
    Array(14).fill(HUB_CRITERION),
  );
  const [entry] = (await server.inject('/repos/doi/summary')).json();
  expect(read(entry, HUB_ENTRY)).toEqual(HUB_ENTRY);
  await server.close();
});
