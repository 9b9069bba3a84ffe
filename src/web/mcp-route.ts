/** The route `POST /mcp`: the tools for agents over HTTP. They answer by the other routes, with the tokens of their client. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { emptyQuery, toSchema } from '../api/queries.js';
import type { Release } from '../domain/release.js';
import type { SummaryMemory } from '../mcp/api-reads.js';
import { answerMcpRequest } from '../mcp/http-handler.js';
import type { Clock } from '../platform/clock.js';
import { checkOrigin, type WriteAuthOptions } from '../platform/http/write-auth.js';
import type { Log } from '../platform/log.js';
import { openInProcessClient } from './in-process-client.js';

export interface McpRouteDeps {
  readonly log: Log;
  readonly clock: Clock;
  readonly release: Release;
  readonly caller: WriteAuthOptions;
}

/** The token for requests, from a client that must send another one in `Authorization` for reading. */
const WRITE_TOKEN = 'doi-token';

/** Adds `POST /mcp`. */
export function addMcpRoute(app: FastifyInstance, { log, clock, release, caller }: McpRouteDeps): void {
  // In a context of its own, so that its body parsers apply to no other route.
  app.register(async (server) => {
    const memory: SummaryMemory = { kept: undefined };
    server.removeContentTypeParser('text/plain');
    server.post(
      '/mcp',
      {
        config: {
          checkCaller: (request, checkReader) => {
            checkReader();
            checkOrigin(request, caller.publicUrl);
          },
        },
        schema: { querystring: toSchema(emptyQuery) },
      },
      async (request, reply) => {
        const onFault = (error: unknown) => log.error({ id: request.id, error }, 'a tool for agents failed');
        const api = openInProcessClient(app, authorizationOf(request));
        const { status, contentType, body } = await answerMcpRequest(
          { api, clock, release, memory, onFault },
          { headers: protocolHeaders(request), body: request.body, signal: goneSignal(reply) },
        );
        reply.code(status).header('cache-control', 'no-store');
        return contentType === null ? reply.send() : reply.type(contentType).send(body);
      },
    );
  });
}

function authorizationOf({ headers }: FastifyRequest) {
  const { host = '', authorization: read } = headers;
  const token = headers[WRITE_TOKEN];
  return { host, read, write: typeof token === 'string' ? `Bearer ${token}` : read };
}

/** What the protocol reads of a request's headers; no token is among them. */
function protocolHeaders({ headers }: FastifyRequest): Headers {
  const kept = Object.entries(headers).filter(([name]) => /^(?:accept|content-type|mcp-[\w-]+)$/.test(name));
  return new Headers(Object.fromEntries(kept.map(([name, value]) => [name, String(value)])));
}

/** Aborted when the connection ends before the answer does. */
function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => gone.abort());
  return gone.signal;
}
