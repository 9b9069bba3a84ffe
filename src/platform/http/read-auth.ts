/** Who may ask the HTTP server: whoever carries the token, or, without one, whoever knows the server by its own name. */

import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { DoiError } from '../../domain/errors.js';
import type { PublicUrl } from '../settings/public-url.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * A route's own check of who may ask it, in place of the one for reading, which it may fall back to. It throws a
     * `DoiError`.
     */
    checkCaller?: (request: FastifyRequest, checkReader: () => void) => void;
  }
}

export interface ReadAuthSettings {
  /** The address that the server listens on, as clients may name it in `Host`. */
  readonly address: string;
  /** Needed for reading where it is set. */
  readonly readToken: string | undefined;
  /** Where clients reach the server through a proxy. */
  readonly publicUrl?: PublicUrl | undefined;
}

// The whole header: what stands before an "@" or behind a second ":" names another server to some who read it.
const HOST = /^(\[[0-9a-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i;
// A path here has one spelling: nothing encoded, no fragment, no other server's name in front.
const TARGET = /^\/[\w.~/-]*(?:\?[^#]*)?$/;

/**
 * Refuses a request that may not be answered, by the check of its route, else by the one for reading. Nothing is read of
 * its body before.
 * @throws {DoiError} `unauthorized`, `forbidden`, `bad_request`, or what the route's own check throws
 */
export function authorizeRead(request: FastifyRequest, settings: ReadAuthSettings): void {
  if (request.headers.host === undefined && request.raw.httpVersion !== '1.0') {
    throw new DoiError('bad_request', 'The request has no Host header.', 'Send one, as HTTP/1.1 wants it.');
  }
  if (hasSecondHost(request.raw.rawHeaders)) {
    throw new DoiError('bad_request', 'The request has several Host headers.', 'Send one of them.');
  }
  const { config } = request.routeOptions;
  const forReading = () => checkReader(request, settings);
  if (config?.checkCaller !== undefined) config.checkCaller(request, forReading);
  else forReading();
}

/**
 * Refuses whoever may not read. Loopback is no fence: a web page can send requests to it under a name of its own, so
 * without a token the name must be known.
 */
function checkReader(request: FastifyRequest, settings: ReadAuthSettings): void {
  if (settings.readToken === undefined) checkName(request, settings);
  else checkToken(request, settings.readToken, 'DOI_READ_TOKEN');
}

/** Node keeps the first one without a word, where a proxy may have looked at another. */
function hasSecondHost(rawHeaders: readonly string[]): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts > 1;
}

/**
 * Refuses an address in a form that no address here has: each has one spelling, so that what is in front of this server
 * cannot read another one into it.
 * @throws {DoiError} `bad_request`
 */
export function checkTarget(request: FastifyRequest): void {
  if (TARGET.test(request.originalUrl)) return;
  const found = 'The address is not in the form that addresses have here.';
  const remedy = 'Send a path of letters, digits, ".", "_", "-" and "/", with none of them encoded.';
  throw new DoiError('bad_request', found, remedy);
}

/** The path that is asked for, without the query and the base path. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?')[0] ?? '';
}

/** Refuses a request that names another server. @throws {DoiError} `forbidden` */
export function checkName(request: FastifyRequest, { address, publicUrl }: ReadAuthSettings): void {
  const name = HOST.exec(request.headers.host ?? '')?.[1]?.toLowerCase();
  const own = address.toLowerCase();
  const known = ['localhost', '127.0.0.1', '[::1]', own, `[${own}]`, publicUrl?.name];
  if (name !== undefined && known.includes(name)) return;
  const remedy = 'Ask for localhost or 127.0.0.1; behind a proxy, set DOI_PUBLIC_URL.';
  throw new DoiError('forbidden', 'The name in the Host header is not one of this server.', remedy);
}

/** Refuses a request that does not carry a token. @throws {DoiError} `unauthorized` */
export function checkToken(request: FastifyRequest, token: string, setting: string): void {
  const [, given] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (given !== undefined && equalInConstantTime(given, token)) return;
  const remedy = `Send "Authorization: Bearer" with the value of ${setting}.`;
  throw new DoiError('unauthorized', 'The request carries no valid token.', remedy);
}

/* Compares secrets without telling by the time it takes how much of them is right. */

/** Whether both are the same bytes, whatever their lengths. */
export function equalInConstantTime(one: string | Buffer, other: string | Buffer): boolean {
  const digest = (secret: string | Buffer) => createHash('sha256').update(secret).digest();
  return timingSafeEqual(digest(one), digest(other));
}
