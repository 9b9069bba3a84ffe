/** The HTTP server: its limits, and what every answer of it has in common. */
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from 'fastify';
import { DoiError } from '../domain/errors.js';
import { type CallerSettings, checkCaller, pathOf } from './http-caller.js';
import {
  ANSWER_HEADERS,
  endWithProblem,
  problemBody,
  problemHeaders,
  refuseConnection,
  toProblem,
} from './http-problem.js';
import type { Log } from './log.js';

export interface HttpSettings extends CallerSettings {
  readonly log: Log;
}

const LIMIT_MS = 15_000;
/** How often connections are looked at that are over a limit, in milliseconds. */
const CHECK_MS = 5_000;
const BODY_LIMIT = 64 * 1024;
/** How long requests under way have to end when the server stops, in milliseconds. */
const STOP_MS = 2_000;

/** Makes a server with its limits; it does not listen yet. */
export function makeHttpServer(settings: HttpSettings): FastifyInstance {
  const server = fastify({
    // One line a request, written when it is answered: two cost a third of the throughput.
    logger: false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: LIMIT_MS,
    // A request without a Host header is ours to refuse, as any other.
    http: { headersTimeout: LIMIT_MS, connectionsCheckingInterval: CHECK_MS, requireHostHeader: false },
    // What comes while it stops is answered still, and its connection ended.
    return503OnClosing: false,
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
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(ANSWER_HEADERS);
    checkCaller(request, settings);
  });
  server.addHook('onResponse', async (request, reply) => logRequest(settings.log, request, reply));
  server.setErrorHandler((error: FastifyError, request, reply) =>
    sendError(settings, { error, request, reply }),
  );
  server.setNotFoundHandler((request) => {
    const found = `There is nothing at ${request.method} ${pathOf(request)}.`;
    throw new DoiError('unknown_route', found, 'docs/api.md lists what there is.');
  });
  refuseByProblem(server);
  return server;
}

/** Stops a server: requests under way are answered, and what is silent or half sent is cut after two seconds. */
export async function closeHttpServer(server: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => server.server.closeAllConnections(), STOP_MS);
  try {
    await server.close();
  } finally {
    clearTimeout(timer);
  }
}

/** What Node would refuse by an answer of its own, or by none. */
function refuseByProblem({ server }: FastifyInstance): void {
  const remedy = 'docs/api.md lists what there is.';
  server.on('checkExpectation', ({ socket }) => {
    const detail = 'What the request expects is not done here.';
    endWithProblem(socket, { status: 417, code: 'bad_request', detail, remedy });
  });
  server.on('connect', ({ socket }) => {
    endWithProblem(socket, {
      status: 405,
      code: 'unknown_route',
      detail: 'This server is no proxy.',
      remedy,
    });
  });
}

function logRequest(log: Log, request: FastifyRequest, reply: FastifyReply): void {
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
    checkCaller(request, settings);
    return undefined;
  } catch (error) {
    if (error instanceof DoiError) return error;
    throw error;
  }
}
