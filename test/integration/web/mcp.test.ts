import { type Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { NOTICE } from '../../../src/mcp/repository-text.js';
import { Scope } from '../../../src/platform/process/shutdown.js';
import { callRefused, callTool, ERAS, makeClient } from '../../helpers/mcp-client.js';
import { openWorld, type World } from '../../helpers/world.js';
import { readRequest } from '../store/rows.js';
import { type Header, send } from './deliveries.js';
import { startWeb, TOKEN } from './web.js';

const READ_TOKEN = 'token-for-reading-0123';
const scope = new Scope();
let world: World;
let url: string;
let closed: string;
beforeAll(async () => {
  world = scope.add('world', await openWorld('web-mcp'), (it) => it.close());
  await world.add('thing', { 'CLAUDE.md': 'x' });
  await world.evaluate('thing');
  await world.add('other');
  url = await startWeb(scope, { databaseUrl: world.url });
  closed = await startWeb(scope, { databaseUrl: world.url, env: { DOI_READ_TOKEN: READ_TOKEN } });
});
afterAll(() => scope.close());

async function connect(
  era: (typeof ERAS)[number],
  headers: Readonly<Record<string, string>> = {},
  at = url,
): Promise<Client> {
  const client = makeClient(era);
  const transport = new StreamableHTTPClientTransport(new URL(`${at}/mcp`), { requestInit: { headers } });
  await client.connect(transport);
  return client;
}

describe.each(ERAS)('POST /mcp to a client of the %s era', (era) => {
  it('lists the tools, without the one for checkouts on the client’s machine', async () => {
    const client = await connect(era);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      ...['list_repositories', 'get_report', 'explain', 'request_refresh', 'fleet_status'],
    ]);
    await client.close();
  });

  it('answers as the other routes do', async () => {
    const client = await connect(era);
    const report = await world.read('thing');
    const answer = await callTool(client, 'get_report', { slug: 'thing', detail: 'full' });
    expect(answer).toMatchObject({ notice: NOTICE, repo_slug: 'thing', tier: report.tier, stale: false });
    expect((answer['criteria'] as { id: string }[]).map(({ id }) => id)).toEqual(
      report.criteria.map(({ id }) => id),
    );
    expect(await callTool(client, 'list_repositories', {})).toMatchObject({
      ...{ total: 2, matching: 2, shown: '1 to 2 of 2', next: null },
      repositories: [{ repo_slug: 'other', never_evaluated: true }, { repo_slug: 'thing' }],
    });
    expect(await callTool(client, 'explain', { slug: 'thing' })).toMatchObject({
      evaluation: { host: 'here' },
      changes: [{ tier_was: null }],
    });
    expect(await callTool(client, 'fleet_status')).toMatchObject({
      repositories: 2,
      never_evaluated: 1,
      sweep: null,
    });
    expect(await callRefused(client, 'get_report', { slug: 'thign' })).toMatch(
      /unknown_repository: ⟦.*thign.*⟧/,
    );
    await client.close();
  });

  it('reads the resources, and of a stale report says that it may not be kept', async () => {
    const client = await connect(era);
    const [report] = (await client.readResource({ uri: 'doi://repos/thing' })).contents;
    expect(JSON.parse(String(report && 'text' in report && report.text))).toMatchObject({
      repo_slug: 'thing',
    });
    const stale = await client.readResource({ uri: 'doi://repos/other' });
    if (era === 'modern') expect(stale).toMatchObject({ ttlMs: 0, cacheScope: 'private' });
    const rule = await client.readResource({ uri: 'doi://criteria/C5' });
    if (era === 'modern') expect(rule).toMatchObject({ ttlMs: 3_600_000, cacheScope: 'public' });
    expect(JSON.stringify(rule.contents)).toContain('Eleven level-2 headings');
    expect((await client.listResources()).resources).toHaveLength(14);
    await expect(client.readResource({ uri: 'doi://repos/nothing' })).rejects.toThrow(/not found/i);
    await expect(client.readResource({ uri: 'doi://criteria/C15' })).rejects.toThrow(/not found/i);
    await client.close();
  });

  it('requests an evaluation only with the token for it', async () => {
    await world.sql`delete from doi_request`;
    const id = await world.id('thing');
    const reader = await connect(era);
    const refused = await callRefused(reader, 'request_refresh', { slug: 'thing', wait_seconds: 0 });
    expect(refused).toMatch(/unauthorized: [\s\S]*"DOI-Token"/);
    expect(await readRequest(world.sql, id)).toBeUndefined();
    const writer = await connect(era, { authorization: `Bearer ${TOKEN}` });
    for (const _ of [1, 2])
      expect(await callTool(writer, 'request_refresh', { slug: 'thing', wait_seconds: 0 })).toMatchObject({
        done: false,
        refresh: { state: 'queued' },
      });
    expect(await readRequest(world.sql, id)).toMatchObject({ forced: false });
    await Promise.all([reader.close(), writer.close()]);
  });

  it('takes both tokens where reading needs one too', async () => {
    const headers = { authorization: `Bearer ${READ_TOKEN}` };
    const reader = await connect(era, headers, closed);
    expect(await callTool(reader, 'get_report', { slug: 'thing' })).toMatchObject({ repo_slug: 'thing' });
    expect(await callRefused(reader, 'request_refresh', { slug: 'thing' })).toContain('unauthorized');
    const writer = await connect(era, { ...headers, 'DOI-Token': TOKEN }, closed);
    const input = { slug: 'thing', wait_seconds: 0 };
    expect(await callTool(writer, 'request_refresh', input)).toMatchObject({ repo_slug: 'thing' });
    await Promise.all([reader.close(), writer.close()]);
  });
});

describe('the ttlMs of a report', () => {
  const read = async (at: string) => {
    const client = await connect('modern', {}, at);
    const found = await client.readResource({ uri: 'doi://repos/thing' });
    await client.close();
    return Number((found as { ttlMs?: unknown }).ttlMs);
  };
  beforeEach(() => world.evaluate('thing'));

  it('is the rest of the second for which a probe of this server holds', async () => {
    const ttls: number[] = [];
    await vi.waitFor(async () => {
      ttls.push(await read(url));
      expect(ttls.at(-1)).toBeGreaterThan(0);
    }, 5000);
    expect(Math.max(...ttls)).toBeLessThanOrEqual(1000);
  });

  it('is what the record of another host has left, far more than a second', async () => {
    const elsewhere = await startWeb(scope, { databaseUrl: world.url, env: { DOI_HOST: 'elsewhere' } });
    expect(await read(elsewhere)).toBeGreaterThan(1000);
  });
});

const LIST = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
const HEADERS: readonly Header[] = [
  ['Host', 'localhost'],
  ['Content-Type', 'application/json'],
  ['Accept', 'application/json, text/event-stream'],
];
const post = (headers: readonly Header[], body = LIST, at = url) => send(`${at}/mcp`, { headers, body });

describe('POST /mcp', () => {
  it('answers a program, and pages of this server', async () => {
    expect(await post(HEADERS)).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    const own: Header[] = [
      ['Origin', 'http://localhost'],
      ['Sec-Fetch-Site', 'same-origin'],
    ];
    expect(await post([...HEADERS, ...own])).toMatchObject({ status: 200 });
  });

  it.each([
    ['a foreign origin', [...HEADERS, ['Origin', 'http://evil.example']], 403],
    ['a hidden origin', [...HEADERS, ['Origin', 'null']], 403],
    ['another site', [...HEADERS, ['Sec-Fetch-Site', 'cross-site']], 403],
    ['a foreign name', [['Host', 'evil.example'], ...HEADERS.slice(1)], 403],
    ['a body of text', [HEADERS[0], ['Content-Type', 'text/plain'], HEADERS[2]], 415],
  ] as [string, Header[], number][])('refuses %s', async (_what, headers, status) => {
    expect(await post(headers)).toMatchObject({ status, json: { status } });
  });

  it('refuses a body over 64 KiB, and one that is no JSON', async () => {
    expect(await post(HEADERS, `${LIST}${' '.repeat(65_536)}`)).toMatchObject({ status: 413 });
    expect(await post(HEADERS, '{')).toMatchObject({ status: 400 });
  });

  it('takes one message a request, and none that is nested too deep', async () => {
    const batch = JSON.stringify(Array.from({ length: 100 }, () => JSON.parse(LIST)));
    for (const body of [batch, '[]', '7', 'null'])
      expect(await post(HEADERS, body), body.slice(0, 9)).toMatchObject({
        status: 400,
        json: { code: 'bad_request' },
      });
    const nested = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"x":${'['.repeat(5000)}${']'.repeat(5000)}}}`;
    expect(await post(HEADERS, nested)).toMatchObject({ status: 400, json: { code: 'bad_request' } });
  });

  it('is the only method', async () => {
    for (const method of ['GET', 'DELETE'])
      expect(await send(`${url}/mcp`, { method, headers: HEADERS.slice(0, 1) })).toMatchObject({
        status: 405,
        headers: { allow: 'POST' },
      });
  });

  it('waits for a worker in the places that all requests share', async () => {
    const params = { name: 'request_refresh', arguments: { slug: 'thing', wait_seconds: 30 } };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
    const headers = {
      ...{ authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      accept: 'application/json, text/event-stream',
    };
    const gone = new AbortController();
    // A call may end early on a busy machine: its client then asks again.
    const waiting = Array.from({ length: 32 }, async () => {
      while (!gone.signal.aborted) {
        const init = { method: 'POST', headers, body, signal: gone.signal };
        await fetch(`${url}/mcp`, init).then(
          (answer) => answer.text(),
          () => 'gone',
        );
      }
    });
    const forced = () => fetch(`${url}/repos/thing/doi?force_refresh=true&wait=0`, { headers });
    await vi.waitFor(async () => expect((await forced()).status).toBe(503), 20_000);
    expect(await (await fetch(`${url}/mcp`, { method: 'POST', headers, body })).text()).toContain(
      'too_many_waiting',
    );
    gone.abort();
    await Promise.all(waiting);
    await vi.waitFor(async () => expect((await forced()).status).toBe(202), 20_000);
  });

  it('keeps no subscription open', async () => {
    const version = '2026-07-28';
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': version,
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const params = { _meta, notifications: { toolsListChanged: true } };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscriptions/listen', params });
    const mcp: Header[] = [
      ['MCP-Protocol-Version', version],
      ['Mcp-Method', 'subscriptions/listen'],
    ];
    const { text } = await post([...HEADERS, ...mcp], body);
    expect(text).toContain('Subscription limit reached');
  });
});
