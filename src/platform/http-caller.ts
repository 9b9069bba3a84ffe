/** Who may ask the HTTP server: whoever carries the token, or, without one, whoever knows the server by its own name. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { DoiError } from '../domain/errors.js';

export interface CallerSettings {
  /** The address that the server listens on, as clients may name it in `Host`. */
  readonly address: string;
  /** Needed for reading where it is set. */
  readonly readToken: string | undefined;
}

// The whole header: what stands before an "@" or behind a second ":" names another server to some who read it.
const HOST = /^(\[[0-9a-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i;

/**
 * Refuses a request that may not be answered. Loopback is no fence: a web page can send requests to it under a name of
 * its own, so the name must be known.
 * @throws {DoiError} `unauthorized`, `forbidden`, `bad_request`
 */
export function checkCaller(request: FastifyRequest, settings: CallerSettings): void {
  const { host } = request.headers;
  if (host === undefined && request.raw.httpVersion === '1.1') {
    throw new DoiError('bad_request', 'The request has no Host header.', 'Send one, as HTTP/1.1 wants it.');
  }
  if (settings.readToken === undefined) checkName(host ?? '', settings.address);
  else checkToken(request, settings.readToken);
}

/** The path that is asked for, without the query. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?')[0] ?? '';
}

function checkName(host: string, address: string): void {
  const name = HOST.exec(host)?.[1]?.toLowerCase();
  const known = ['localhost', '127.0.0.1', '[::1]', address.toLowerCase(), `[${address.toLowerCase()}]`];
  if (name !== undefined && known.includes(name)) return;
  const remedy = 'Ask for localhost or 127.0.0.1.';
  throw new DoiError('forbidden', 'The name in the Host header is not one of this server.', remedy);
}

function checkToken(request: FastifyRequest, token: string): void {
  // Liveness and readiness tell nothing that needs a fence, and probes carry no token.
  if (['/healthz', '/readyz'].includes(pathOf(request))) return;
  const [, given] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (given !== undefined && equalInConstantTime(given, token)) return;
  const remedy = 'Send "Authorization: Bearer" with the value of DOI_READ_TOKEN.';
  throw new DoiError('unauthorized', 'The request carries no valid token.', remedy);
}

function equalInConstantTime(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
