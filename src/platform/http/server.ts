/** Makes the HTTP server: its limits, and the checks, headers and errors that all its routes have in common. */
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
import { HttpMethods } from './allowed-methods.js';
import { keepConnectionRoom } from './connection-room.js';
import { ANSWER_HEADERS } from './headers.js';
import { HTTP_LIMITS, type HttpLimits } from './limits.js';
import { endWithProblem, problemBody, problemHeaders, refuseConnection, toProblem } from './problem.js';
import { authorizeRead, checkTarget, pathOf, type ReadAuthOptions } from './read-auth.js';

export interface HttpServerOptions extends ReadAuthOptions {
  readonly log: Log;
  /** Shorter than {@link HTTP_LIMITS} where a test cannot wait that long. */
  readonly limits?: HttpLimits;
}

/** Makes a server with its limits; it does not listen yet. */
export function makeHttpServer(options: HttpServerOptions): FastifyInstance {
  const server = openServer(options, options.limits ?? HTTP_LIMITS);
  const methods = new HttpMethods();
  server.addHook('onRoute', ({ url, method }) => methods.add(url, method));
  server.addHook('onReady', async () => checkBasePath(methods, options.publicUrl));
  // With callbacks: promises cost a tenth of the time of an answer from memory.
  server.addHook('onRequest', (request, reply, done) => {
    try {
      reply.headers(request.routeOptions.config?.answerHeaders ?? ANSWER_HEADERS);
      authorizeRead(request, options);
      checkTarget(request);
      checkExpectation(request);
    } catch (error) {
      return done(error as FastifyError);
    }
    if (!isBaseAlone(request, options.publicUrl)) return done();
    reply.redirect(publicLink(options.publicUrl, '/'), 308);
  });
  server.addHook('onResponse', (request, reply, done) => {
    logRequest(options.log, request, reply);
    done();
  });
  server.setErrorHandler((error: FastifyError, request, reply) =>
    sendError(options, { error, request, reply }),
  );
  server.setNotFoundHandler((request, reply) => {
    throw notFound(request, reply, methods.at(pathOf(request)));
  });
  refuseByProblem(server);
  return server;
}

function openServer(options: HttpServerOptions, limits: HttpLimits): FastifyInstance {
  const basePath = options.publicUrl?.basePath ?? '';
  const server = fastify({
    // We write one line a request, after its answer: Fastify's two lines cost a third of the throughput.
    logger: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    connectionTimeout: limits.stalledMs,
    http: {
      headersTimeout: limits.headersMs,
      connectionsCheckingInterval: limits.checkMs,
      // So that our own check refuses a request without a Host header, with a problem.
      requireHostHeader: false,
    },
    // While the server stops, it still answers requests, and ends their connections.
    return503OnClosing: false,
    rewriteUrl: ({ url = '' }) => withoutBasePath(url, basePath),
    routerOptions: { maxParamLength: 100 },
    // The router itself refuses a broken escape and a segment that is too long. No hook runs for these.
    frameworkErrors: (error, request, reply) => {
      sendError(options, { error, request, reply });
      logRequest(options.log, request, reply);
    },
    clientErrorHandler: refuseConnection,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
  });
  // Node would silently drop headers after the thousandth, a second Host among them; the size of all is bounded anyway.
  server.server.maxHeadersCount = 0;
  server.server.maxConnections = limits.connections;
  keepConnectionRoom(server.server, limits);
  return server;
}

/**
 * Refuses a base path that begins as one of our paths does: the server could not know whether a proxy has removed it.
 * @throws {DoiError} `bad_configuration`
 */
function checkBasePath(methods: HttpMethods, publicUrl: PublicUrl | undefined): void {
  const first = publicUrl?.basePath.split('/')[1];
  if (first === undefined || !methods.beginsWith(first)) return;
  const found = `The path of DOI_PUBLIC_URL begins with "/${first}", as addresses of this server do.`;
  throw new DoiError('bad_configuration', found, 'Let the proxy serve it under another path.');
}

/** Whether a request is for the base path alone. It is redirected to the page below, whose relative links need the slash. */
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

/** Stops a server: answers requests under way, and after two seconds ends connections that are silent or half sent. */
export async function closeHttpServer(server: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => server.server.closeAllConnections(), HTTP_LIMITS.stopMs);
  try {
    await server.close();
  } finally {
    clearTimeout(timer);
  }
}

/** @throws an error with the status 417 (RFC 9110, 10.1.1) for any expectation but `100-continue`, which Node fulfils */
function checkExpectation({ headers: { expect } }: FastifyRequest): void {
  if (expect === undefined || expect.toLowerCase() === '100-continue') return;
  throw Object.assign(new Error('What the request expects is not done here.'), { statusCode: 417 });
}

/** Answers with a problem what Node would refuse with an answer of its own, or with none. */
function refuseByProblem({ server }: FastifyInstance): void {
  const remedy = 'docs/api.md lists what there is.';
  // Handled like any request, so that HEAD gets no body; checkExpectation refuses it.
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

function sendError(options: HttpServerOptions, { error, request, reply }: Failed): FastifyReply {
  // Some errors come before the hook that checks the request: one that may not read gets only that refusal.
  const problem = toProblem(refusalOf(request, options) ?? error);
  // A client that set a limit, which was not reached, is no failure of the server.
  if (problem.status >= 500 && problem.code !== 'not_verified_in_time')
    options.log.error({ id: request.id, path: pathOf(request), error }, 'request failed');
  return reply
    .code(problem.status)
    .headers(problemHeaders(problem.status))
    .send(problemBody(problem, request.id));
}

function refusalOf(request: FastifyRequest, options: HttpServerOptions): DoiError | undefined {
  try {
    authorizeRead(request, options);
    return undefined;
  } catch (error) {
    if (error instanceof DoiError) return error;
    throw error;
  }
}
