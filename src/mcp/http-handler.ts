/** Answers requests of the protocol over HTTP: each by a server of its own, since nothing is kept between two requests. */
import { createMcpHandler } from '@modelcontextprotocol/server';
import { type McpDeps, makeMcpServer } from './make-server.js';

export interface McpHttpRequest {
  readonly headers: Headers;
  /** The parsed JSON: an object. */
  readonly body: unknown;
  readonly signal: AbortSignal;
}

export interface McpHttpAnswer {
  readonly status: number;
  readonly contentType: string | null;
  readonly body: Buffer;
}

/** Answers one request; `deps.api` sends what its client may send. */
export async function answerMcpRequest(deps: McpDeps, request: McpHttpRequest): Promise<McpHttpAnswer> {
  // A subscription would keep the connection, and there is nothing to subscribe to.
  const handler = createMcpHandler(() => makeMcpServer(deps), { onerror: () => {}, maxSubscriptions: 0 });
  const { headers, body, signal } = request;
  // The route has checked the name in Host; the protocol needs some absolute address.
  const asked = new Request('http://localhost/mcp', { method: 'POST', headers, signal });
  const response = await handler.fetch(asked, { parsedBody: body });
  const answer = {
    status: response.status,
    contentType: response.headers.get('content-type'),
    body: Buffer.from(await response.arrayBuffer()),
  };
  await handler.close();
  return answer;
}
