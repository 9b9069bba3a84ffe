/**
 * Turns errors into HTTP answers: problem+json (RFC 9457), also on a raw socket where what came is no HTTP request. Fastify's
 * default for such a socket is an answer in another form.
 */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError } from 'fastify';
import { DoiError, type ErrorCode } from '../../domain/errors.js';
import { ANSWER_HEADERS } from './headers.js';

export interface Problem {
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly remedy: string;
}

const REMEDY = 'See docs/api.md for what this address takes.';
// Statuses for a request in a wrong form that stay as they are; any other becomes 400.
const OWN_STATUS: ReadonlySet<number> = new Set([408, 413, 415, 417, 431]);

const NOT_JSON: Problem = {
  ...{
    status: 415,
    code: 'bad_request',
    detail: 'The body is of another content type than the one that is taken.',
  },
  remedy: 'Send JSON, with the header "Content-Type: application/json".',
};

/** The problem for an error. The details of an internal error stay in the log. */
export function toProblem(error: FastifyError | DoiError): Problem {
  if (error instanceof DoiError) {
    return { status: error.http, code: error.code, detail: error.message, remedy: error.remedy };
  }
  const { statusCode = 500, message } = error;
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return NOT_JSON;
  if (error.validation !== undefined) return badRequest(400, `Not usable: ${message}.`);
  if (statusCode === 404) return { status: 404, code: 'unknown_route', detail: message, remedy: REMEDY };
  if (statusCode < 500) return badRequest(OWN_STATUS.has(statusCode) ? statusCode : 400, message);
  const remedy = 'See its log, by the request id.';
  return { status: 500, code: 'internal', detail: 'The server could not answer.', remedy };
}

function badRequest(status: number, detail: string): Problem {
  return { status, code: 'bad_request', detail, remedy: REMEDY };
}

/** The headers of an answer that carries a problem. */
export function problemHeaders(status: number): Record<string, string> {
  return {
    'content-type': 'application/problem+json; charset=utf-8',
    'cache-control': 'no-store',
    ...ANSWER_HEADERS,
    ...(status === 503 ? { 'retry-after': '1' } : {}),
    // A worker that was woken may still be at work, and the next heartbeat of a host may be some seconds away.
    ...(status === 504 ? { 'retry-after': '5' } : {}),
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  };
}

/** The body of an answer that carries a problem. */
export function problemBody({ status, code, detail, remedy }: Problem, requestId: string): string {
  const title = STATUS_CODES[status];
  return JSON.stringify({ type: 'about:blank', title, status, code, detail, remedy, request_id: requestId });
}

/** Answers bytes that are no HTTP request, and ends the connection. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  const { _httpMessage: under } = socket as Socket & { _httpMessage?: { readonly headersSent: boolean } };
  // The client would take bytes in the middle of an answer for a part of that answer.
  if (error.code === 'ECONNRESET' || !socket.writable || under?.headersSent) {
    socket.destroy();
    return;
  }
  endWithProblem(socket, unreadable(error.code));
}

/** Writes a problem as a complete answer and ends the connection, even if the client goes on sending. */
export function endWithProblem(socket: Socket, problem: Problem): void {
  socket.write(rawProblem(problem));
  socket.destroySoon();
}

function rawProblem(problem: Problem): string {
  const body = problemBody(problem, randomUUID());
  const headers = {
    ...problemHeaders(problem.status),
    connection: 'close',
    'content-length': Buffer.byteLength(body),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join('')}\r\n${body}`;
}

/** The problem for bytes that cannot be read as a request. */
function unreadable(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') return badRequest(431, 'The headers of the request are too large.');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return badRequest(408, 'The request did not come in time.');
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW')
    return badRequest(413, 'The body of the request is too large.');
  return badRequest(400, 'What was sent is no HTTP request.');
}
