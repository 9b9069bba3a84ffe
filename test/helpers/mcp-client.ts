/** Clients of the Model Context Protocol, of either era, and an API that answers what a test gives it. */
import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import type { ApiAnswer, ApiClient } from '../../src/client/open-client.js';
import { type McpDeps, makeMcpServer } from '../../src/mcp/make-server.js';
import { SummaryMemory } from '../../src/mcp/summary-memory.js';
import { systemClock } from '../../src/platform/clock.js';

/** The era with `initialize`, and the stateless one. */
export const ERAS = ['legacy', 'modern'] as const;
export type Era = (typeof ERAS)[number];

export function makeClient(era: Era = 'legacy'): Client {
  const mode = era === 'legacy' ? 'legacy' : { pin: '2026-07-28' };
  return new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
}

/** A client and a server in this process; `onFault` of the server throws unless given. */
export async function connectInMemory(deps: Partial<McpDeps>): Promise<Client> {
  const [near, far] = InMemoryTransport.createLinkedPair();
  const server = makeMcpServer({
    api: apiOf({}),
    clock: systemClock,
    release: { version: '1.2.3', criteriaDigest: '0123456789abcdef', builtAt: '2026-01-01T00:00:00.000Z' },
    tokenRemedies: { read: 'Set the token for reading.', write: 'Set the token for requests.' },
    memory: new SummaryMemory(),
    onFault: (error) => {
      throw error;
    },
    ...deps,
  });
  const client = makeClient();
  await Promise.all([server.connect(far), client.connect(near)]);
  return client;
}

/** An API with these answers by path, each with the status 200 unless it says another; without one, 404. */
export function apiOf(
  answers: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): ApiClient & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async request({ method = 'GET', path }): Promise<ApiAnswer> {
      asked.push(`${method} ${path}`);
      const body = answers[`${method} ${path}`] ?? answers[path];
      const missing = { code: 'unknown_repository', detail: 'There is none.', remedy: 'Register it.' };
      if (body === undefined) return { status: 404, headers, body: missing };
      return { status: method === 'POST' ? 202 : 200, headers, body };
    },
  };
}

/** The structured answer of a tool. */
export async function callTool(
  client: Client,
  name: string,
  input: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  const { structuredContent, isError, content } = await client.callTool({ name, arguments: input });
  if (isError || structuredContent === undefined) throw new Error(JSON.stringify(content));
  return structuredContent as Record<string, unknown>;
}

/** The text of a tool's error. */
export async function callRefused(
  client: Client,
  name: string,
  input: Record<string, unknown> = {},
): Promise<string> {
  const { isError, content } = await client.callTool({ name, arguments: input });
  if (isError !== true) throw new Error(`${name} was not refused.`);
  const [first] = content as readonly { readonly text?: string }[];
  return first?.text ?? '';
}
