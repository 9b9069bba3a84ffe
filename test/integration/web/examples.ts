/** The examples of the OpenAPI document: HTTP requests, and the world in which their answers were recorded. */

import { watchOnce } from '../../../src/producer/watch.js';
import { readDatabaseTime } from '../../../src/store/hosts/heartbeat.js';
import { beginSweep, endSweep, NO_COUNTS, reportSweep } from '../../../src/store/sweeps.js';
import { writeHeartbeat } from '../../helpers/heartbeat.js';
import type { World } from '../../helpers/world.js';
import { hex, pushPayload, SECRETS } from './deliveries.js';
import { TOKEN } from './web.js';

export interface ExampleRequest {
  readonly operation: string;
  readonly name: string;
  readonly method?: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const push = JSON.stringify(pushPayload());
const tag = JSON.stringify(pushPayload({ ref: 'refs/tags/v1' }));
const asJson = { 'content-type': 'application/json' };
const delivery = (body: string, signature = hex(SECRETS.github, body)) => ({
  ...asJson,
  'x-github-event': 'push',
  'x-hub-signature-256': `sha256=${signature}`,
});
const authorization = `Bearer ${TOKEN}`;
const refreshing = { method: 'POST', url: '/repos/widget/doi/refresh' } as const;
const delivering = { operation: 'takeDelivery', method: 'POST', url: '/webhooks/github' } as const;

/** One call of a tool, in the stateless era of the protocol. */
const toolCall = {
  headers: {
    ...asJson,
    ...{ accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28' },
    ...{ 'mcp-method': 'tools/call', 'mcp-name': 'get_report' },
  },
  body: JSON.stringify({
    ...{ jsonrpc: '2.0', id: 1, method: 'tools/call' },
    params: {
      ...{ name: 'get_report', arguments: { slug: 'widget' } },
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': { name: 'agent', version: '1.0.0' },
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  }),
} as const;

/** In the order in which they are sent: those that request an evaluation are last. */
export const EXAMPLES: readonly ExampleRequest[] = [
  { operation: 'readReport', name: 'fresh', url: '/repos/widget/doi' },
  { operation: 'readReport', name: 'stale', url: '/repos/gadget/doi' },
  { operation: 'readReport', name: 'never evaluated', url: '/repos/new/doi' },
  { operation: 'readReport', name: 'unknown', url: '/repos/widgte/doi' },
  { operation: 'readReport', name: 'wrong', url: '/repos/widget/doi?wait=5' },
  {
    operation: 'readReport',
    name: 'not verified in time',
    url: '/repos/attic/doi',
    headers: { 'cache-control': 'max-age=60, only-if-cached' },
  },
  { operation: 'readHistory', name: 'a page', url: '/repos/widget/doi/history?limit=1' },
  { operation: 'readBadge', name: 'fresh', url: '/repos/widget/doi/badge.svg' },
  { operation: 'readSummary', name: 'all', url: '/repos/doi/summary' },
  { operation: 'readSummary', name: 'part', url: '/repos/doi/summary?stale=false&tier=none' },
  {
    operation: 'readSummary',
    name: 'page',
    url: '/repos/doi/summary?limit=2&fields=repo_slug,tier,stale',
  },
  { operation: 'readSummary', name: 'unknown field', url: '/repos/doi/summary?fields=teir' },
  { operation: 'readSummary', name: 'table', url: '/repos/doi/summary', headers: { accept: 'text/csv' } },
  { operation: 'readTrend', name: 'two days', url: '/doi/trend?days=2' },
  { operation: 'readChanges', name: 'what got worse', url: '/doi/changes?since=7d&direction=worse' },
  { operation: 'readHosts', name: 'one host', url: '/hosts' },
  { operation: 'readSweeps', name: 'the last one', url: '/sweeps?limit=1' },
  { operation: 'readSweep', name: 'finished', url: '/sweeps/latest' },
  { operation: 'readHealth', name: 'alive', url: '/healthz' },
  { operation: 'readReadiness', name: 'ready', url: '/readyz' },
  { operation: 'readSchema', name: 'of a capability', url: '/schemas/capability.json' },
  { operation: 'readSchema', name: 'unknown', url: '/schemas/goal.json' },
  { operation: 'callTools', name: 'a tool', method: 'POST', url: '/mcp', ...toolCall },
  { ...delivering, name: 'a tag', headers: delivery(tag), body: tag },
  { ...delivering, name: 'not proven', headers: delivery(push, '0'.repeat(64)), body: push },
  { ...delivering, name: 'a push', headers: delivery(push), body: push },
  { operation: 'askForRefresh', name: 'no token', ...refreshing },
  { operation: 'askForRefresh', name: 'asked for', ...refreshing, headers: { authorization } },
  {
    operation: 'readReport',
    name: 'not judged in time',
    url: '/repos/widget/doi?force_refresh=true&wait=0',
    headers: { authorization },
  },
];

/** Repositories in all states that are shown. */
export async function prepare(world: World): Promise<void> {
  const { sql } = world;
  for (const slug of ['widget', 'gadget']) {
    await world.add(slug, { 'SCOPE.md': '# Scope\n', 'CLAUDE.md': 'kaizen\n' });
    await world.evaluate(slug);
  }
  await world.add('new');
  // Archived and of another host, so that only its own report shows it.
  await sql`
    insert into managed_repos (id, slug, name, status, host_paths)
    values (gen_random_uuid(), 'attic', 'attic', 'archived', '{"elsewhere": "/srv/attic"}')`;
  await sql`update managed_repos set remote_url = 'https://git.example/acme/thing.git' where slug = 'widget'`;
  await world.write('widget', 'CLAUDE.md', 'Nothing yet.\n');
  await world.evaluate('widget');
  await world.write('gadget', 'SCOPE.md', '# Another scope\n');
  await watchOnce({ ...world.deps, capacity: 1, wake: async () => {} });
  await sql`delete from doi_request`;
  const { version } = world.deps.release;
  const passBeganAt = await readDatabaseTime(sql);
  await sql`
    update doi_host set machine = 'build-7', build = '2026-03-20T10:42:07.123Z#5e8f5bec4b0d852c'`;
  await writeHeartbeat(sql, { host: 'here', passBeganAt, version, capacity: 16, isolation: 'namespaces' });
  await sql`update managed_repos set created_at = created_at - interval '3 days'`;
  const id = (await beginSweep(sql, { trigger: 'nightly', host: 'here' })) ?? '';
  const counts = { ...NO_COUNTS, probed: 3, fresh: 1, asked: 2, reasons: { 'SCOPE.md changed': 1 } };
  await reportSweep(sql, id, { total: 3, done: 3, counts });
  await endSweep(sql, id, 'finished');
}
