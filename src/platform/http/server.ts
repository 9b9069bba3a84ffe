/** The HTTP server: its limits, and what every answer of it has in common. */
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from 'fastify';
import { DoiError } from '../../domain/errors.js';
import type { Log } from '../log.js';
import { type PublicUrl, publicLink, withoutBasePath } from '../settings/public-url.js';
import { keepConnectionRoom } from './connection-room.js';
import { ANSWER_HEADERS } from './headers.js';
import { HTTP_LIMITS, type HttpLimits } from './limits.js';
import { HttpMethods } from './methods.js';
import { endWithProblem, problemBody, problemHeaders, refuseConnection, toProblem } from './problem.js';
import { authorizeRead, checkTarget, pathOf, type ReadAuthSettings } from './read-auth.js';

export interface HttpSettings extends ReadAuthSettings {
  readonly log: Log;
  /** {@link HTTP_LIMITS}, unless a test cannot wait that long. */
  readonly limits?: HttpLimits;
}

/** Makes a server with its limits; it does not listen yet. */
export function makeHttpServer(settings: HttpSettings): FastifyInstance {
  const server = openServer(settings, settings.limits ?? HTTP_LIMITS);
  const methods = new HttpMethods();
  server.addHook('onRoute', ({ url, method }) => methods.add(url, method));
  server.addHook('onReady', async () => checkBasePath(methods, settings.publicUrl));
  // With callbacks: a promise for each costs a tenth of what answering from memory takes.
  server.addHook('onRequest', (request, reply, done) => {
    try {
      reply.headers(request.routeOptions.config?.answerHeaders ?? ANSWER_HEADERS);
      authorizeRead(request, settings);
      checkTarget(request);
      checkExpectation(request);
    } catch (error) {
      return done(error as FastifyError);
    }
    if (!isBaseAlone(request, settings.publicUrl)) return done();
    reply.redirect(publicLink(settings.publicUrl, '/'), 308);
  });
  server.addHook('onResponse', (request, reply, done) => {
    logRequest(settings.log, request, reply);
    done();
  });
  server.setErrorHandler((error: FastifyError, request, reply) =>
    sendError(settings, { error, request, reply }),
  );
  server.setNotFoundHandler((request, reply) => {
    throw notFound(request, reply, methods.at(pathOf(request)));
  });
  refuseByProblem(server);
  return server;
}

function openServer(settings: HttpSettings, limits: HttpLimits): FastifyInstance {
  const basePath = settings.publicUrl?.basePath ?? '';
  const server = fastify({
    // One line a request, written when it is answered: two cost a third of the throughput.
    logger: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    connectionTimeout: limits.stalledMs,
    http: {
      headersTimeout: limits.headersMs,
      connectionsCheckingInterval: limits.checkMs,
      // A request without a Host header is ours to refuse, as any other.
      requireHostHeader: false,
    },
    // What comes while it stops is answered still, and its connection ended.
    return503OnClosing: false,
    rewriteUrl: ({ url = '' }) => withoutBasePath(url, basePath),
    routerOptions: { maxParamLength: 100 },
    // What the router refuses by itself: a broken escape, a part of the path that is too long. No hook runs there.
    frameworkErrors: (error, request, reply) => {
      sendError(settings, { error, request, reply });
      logRequest(settings.log, request, reply);
    },
    clientErrorHandler: refuseConnection,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
  });
  // Node would drop those beyond a thousand without a word, a doubled one among them; their size is bounded.
  server.server.maxHeadersCount = 0;
  server.server.maxConnections = limits.connections;
  keepConnectionRoom(server.server, limits);
  return server;
}

/** With a base path like a path of ours it could not be told whether a proxy has taken it off. @throws {DoiError} */
function checkBasePath(methods: HttpMethods, publicUrl: PublicUrl | undefined): void {
  const first = publicUrl?.basePath.split('/')[1];
  if (first === undefined || !methods.beginsWith(first)) return;
  const found = `The path of DOI_PUBLIC_URL begins with "/${first}", as addresses of this server do.`;
  throw new DoiError('bad_configuration', found, 'Let the proxy serve it under another path.');
}

/** Whether the base path alone is asked for: it is sent to the page below it, whose relative links would lead astray else. */
function isBaseAlone(request: FastifyRequest, publicUrl: PublicUrl | undefined): boolean {
  return Boolean(publicUrl?.basePath) && request.originalUrl === publicUrl?.basePath;
}

function notFound(request: FastifyRequest, reply: FastifyReply, allowed: readonly string[]): DoiError {
  const remedy = 'docs/api.md lists what there is.';
  if (allowed.length === 0) {
    return new DoiError('unknown_route', `There is nothing at ${request.method} ${pathOf(request)}.`, remedy);
  }
  reply.header('allow', allowed.join(', '));
  const found = `${request.method} is no method of ${pathOf(request)}, which has ${allowed.join(', ')}.`;
  return new DoiError('method_not_allowed', found, remedy);
}

/** Stops a server: requests under way are answered, and what is silent or half sent is cut after two seconds. */
export async function closeHttpServer(server: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => server.server.closeAllConnections(), HTTP_LIMITS.stopMs);
  try {
    await server.close();
  } finally {
    clearTimeout(timer);
  }
}

/** @throws an error with the status 417 (RFC 9110, 10.1.1) for any expectation but `100-continue`, which Node meets */
function checkExpectation({ headers: { expect } }: FastifyRequest): void {
  if (expect === undefined || expect.toLowerCase() === '100-continue') return;
  throw Object.assign(new Error('What the request expects is not done here.'), { statusCode: 417 });
}

/** What Node would refuse by an answer of its own, or by none. */
function refuseByProblem({ server }: FastifyInstance): void {
  const remedy = 'docs/api.md lists what there is.';
  // Goes the way of any request, so that HEAD is answered without a body; checkExpectation refuses it.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('connect', ({ socket }) => {
    endWithProblem(socket, {
      status: 405,
      code: 'method_not_allowed',
      detail: 'This server is no proxy.',
      remedy,
    });
  });
}

function logRequest(log: Log, request: FastifyRequest, reply: FastifyReply): void {
  if (!log.isLevelEnabled('debug')) return;
  const ms = Math.round(reply.elapsedTime * 10) / 10;
  log.debug(
    { id: request.id, method: request.method, path: pathOf(request), status: reply.statusCode, ms },
    'request',
  );
}

interface Failed {
  readonly error: FastifyError;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

function sendError(settings: HttpSettings, { error, request, reply }: Failed): FastifyReply {
  // Some errors come before the hook that checks: who may not ask is told nothing else.
  const problem = toProblem(refusalOf(request, settings) ?? error);
  if (problem.status >= 500)
    settings.log.error({ id: request.id, path: pathOf(request), error }, 'request failed');
  return reply
    .code(problem.status)
    .headers(problemHeaders(problem.status))
    .send(problemBody(problem, request.id));
}

function refusalOf(request: FastifyRequest, settings: HttpSettings): DoiError | undefined {
  try {
    authorizeRead(request, settings);
    return undefined;
  } catch (error) {
    if (error instanceof DoiError) return error;
    throw error;
  }
}
