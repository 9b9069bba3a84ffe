/** The HTTP server: its limits, who may ask, and errors as problem+json (RFC 9457). */
import { createHash, timingSafeEqual } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from 'fastify';
import { DoiError } from '../domain/errors.js';
import type { Log } from './log.js';

export interface HttpSettings {
  readonly log: Log;
  /** The address to listen on, as clients may name it in `Host`. */
  readonly address: string;
  /** Needed for reading where it is set. */
  readonly readToken: string | undefined;
}

const LIMIT_MS = 15_000;
const BODY_LIMIT = 64 * 1024;

/** Makes a server with its limits; it does not listen yet. */
export function makeHttpServer(settings: HttpSettings): FastifyInstance {
  const server = fastify({
    // One line a request, written when it is answered: two cost a third of the throughput.
    logger: false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: LIMIT_MS,
    http: { headersTimeout: LIMIT_MS },
    routerOptions: { maxParamLength: 100 },
    // What the router refuses by itself: a broken escape, a part of the path that is too long.
    frameworkErrors: (error, request, reply) => {
      sendError(settings.log, { error, request, reply });
    },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
  });
  server.addHook('onRequest', async (request) => checkCaller(request, settings));
  server.addHook('onResponse', async (request, reply) => logRequest(settings.log, request, reply));
  server.setErrorHandler((error: FastifyError, request, reply) =>
    sendError(settings.log, { error, request, reply }),
  );
  server.setNotFoundHandler((request) => {
    const found = `There is nothing at ${request.method} ${pathOf(request)}.`;
    throw new DoiError('unknown_route', found, 'docs/api.md lists what there is.');
  });
  return server;
}

/** Loopback is no fence: a web page can send requests to it under a name of its own, so the name must be known. */
function checkCaller(request: FastifyRequest, { address, readToken }: HttpSettings): void {
  if (readToken === undefined) {
    const known = new Set(['localhost', '127.0.0.1', '[::1]', address, `[${address}]`]);
    if (known.has(request.hostname)) return;
    const remedy = 'Ask for localhost or 127.0.0.1.';
    throw new DoiError('forbidden', 'The name in the Host header is not one of this server.', remedy);
  }
  // Liveness and readiness tell nothing that needs a fence, and probes carry no token.
  if (['/healthz', '/readyz'].includes(pathOf(request))) return;
  const [, given] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (given !== undefined && equalInConstantTime(given, readToken)) return;
  const remedy = 'Send "Authorization: Bearer" with the value of DOI_READ_TOKEN.';
  throw new DoiError('unauthorized', 'The request carries no valid token.', remedy);
}

function equalInConstantTime(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

function logRequest(log: Log, request: FastifyRequest, reply: FastifyReply): void {
  const ms = Math.round(reply.elapsedTime * 10) / 10;
  log.debug(
    { id: request.id, method: request.method, path: pathOf(request), status: reply.statusCode, ms },
    'request',
  );
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?')[0] ?? '';
}

interface Failed {
  readonly error: FastifyError;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

function sendError(log: Log, { error, request, reply }: Failed): FastifyReply {
  const problem = toProblem(error);
  const status = problem.http;
  if (status >= 500) log.error({ id: request.id, path: pathOf(request), error }, 'request failed');
  if (status === 503) reply.header('retry-after', '1');
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  return reply
    .code(status)
    .type('application/problem+json')
    .header('cache-control', 'no-store')
    .send(
      JSON.stringify({
        type: 'about:blank',
        title: STATUS_CODES[status],
        status,
        code: problem.code,
        detail: problem.message,
        remedy: problem.remedy,
        request_id: request.id,
      }),
    );
}

function toProblem(error: FastifyError): DoiError {
  if (error instanceof DoiError) return error;
  const remedy = 'See docs/api.md for what this address takes.';
  if (error.validation !== undefined)
    return new DoiError('bad_request', `Not usable: ${error.message}.`, remedy);
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return new DoiError('bad_request', error.message, remedy);
  }
  // What broke inside stays in the log.
  return new DoiError('internal', 'The server could not answer.', 'See its log, by the request id.');
}
