/** The route `POST /mcp`: the tools for agents over HTTP. They answer by the other routes, with the tokens of their client. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { emptyQuery, toSchema } from '../api/queries.js';
import { DoiError } from '../domain/errors.js';
import type { Release } from '../domain/release.js';
import { answerMcpRequest } from '../mcp/http-handler.js';
import type { McpDeps } from '../mcp/make-server.js';
import { SummaryMemory } from '../mcp/summary-memory.js';
import type { Clock } from '../platform/clock.js';
import { goneSignal } from '../platform/http/gone-signal.js';
import { checkOrigin, type WriteAuthOptions } from '../platform/http/write-auth.js';
import type { Log } from '../platform/log.js';
import type { WaitingPlaces } from '../reader/waiting-places.js';
import { openInProcessClient } from './in-process-client.js';

export interface McpRouteDeps {
  readonly log: Log;
  readonly clock: Clock;
  readonly release: Release;
  readonly caller: WriteAuthOptions;
  /** The places in which requests wait for a worker. */
  readonly places: WaitingPlaces;
}

/** The token for requests, from a client that must send another one in `Authorization` for reading. */
const WRITE_TOKEN = 'doi-token';

const TOKEN_REMEDIES = {
  read: 'Send "Authorization: Bearer" with the value of DOI_READ_TOKEN: a person adds it to the headers of this server\'s entry.',
  write:
    'Send the header "DOI-Token" with the value of DOI_TOKEN: a person adds it to the headers of this server\'s entry, beside Authorization.',
};

/** Adds `POST /mcp`. */
export function addMcpRoute(app: FastifyInstance, deps: McpRouteDeps): void {
  const { log, clock, release, caller, places } = deps;
  const runWait: McpDeps['runWait'] = (wait, run) => places.run(wait, run);
  // In a context of its own, so that its body parsers apply to no other route.
  app.register(async (server) => {
    const memory = new SummaryMemory();
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
        checkMessage(request.body);
        const onFault = (error: unknown) => log.error({ id: request.id, error }, 'a tool for agents failed');
        const api = openInProcessClient(app, authorizationOf(request));
        const { status, contentType, body } = await answerMcpRequest(
          { ...{ api, clock, runWait, release, memory, onFault }, tokenRemedies: TOKEN_REMEDIES },
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

/** How deep values may stand within each other: an input of a tool is flat, and the protocol's own fields are little deeper. */
const MAX_DEPTH = 64;

/**
 * Refuses several messages at once, which the protocol no longer has: a single request would start a hundred reads.
 * @throws {DoiError} `bad_request`
 */
function checkMessage(body: unknown): void {
  const remedy = 'Send one message of the Model Context Protocol, as a JSON object.';
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new DoiError('bad_request', 'The body is not one message.', remedy);
  let level: unknown[] = [body];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH)
      throw new DoiError('bad_request', `The body is nested more than ${MAX_DEPTH} deep.`, remedy);
    level = level
      .filter((one) => typeof one === 'object' && one !== null)
      .flatMap((one) => Object.values(one as object));
  }
}
