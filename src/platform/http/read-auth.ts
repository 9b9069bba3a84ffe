/** Decides which HTTP requests may read: those with the token or, where none is set, those that name this server in `Host`. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { DoiError } from '../../domain/errors.js';
import type { PublicUrl } from '../settings/public-url.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * A route's own check of a request, in place of the one for reading, which it may call. It throws a `DoiError`.
     */
    checkCaller?: (request: FastifyRequest, checkReader: () => void) => void;
  }
}

export interface ReadAuthOptions {
  /** The address that the server listens on, as clients may name it in `Host`. */
  readonly address: string;
  /** Where it is set, requests need it for reading. */
  readonly readToken: string | undefined;
  /** Where clients reach the server through a proxy. */
  readonly publicUrl?: PublicUrl | undefined;
}

// Matches the whole header: some programs read another server's name before an "@" or after a second ":".
const HOST = /^(\[[0-9a-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i;
// Each path has one spelling here: nothing encoded, no fragment, no server's name in front.
const TARGET = /^\/[\w.~/-]*(?:\?[^#]*)?$/;

/**
 * Refuses a request by the check of its route, else by the one for reading, before anything of its body is read.
 * @throws {DoiError} `unauthorized`, `forbidden`, `bad_request`, or the error of the route's own check
 */
export function authorizeRead(request: FastifyRequest, options: ReadAuthOptions): void {
  if (request.headers.host === undefined && request.raw.httpVersion !== '1.0') {
    throw new DoiError('bad_request', 'The request has no Host header.', 'Send one, as HTTP/1.1 requires.');
  }
  if (hasSecondHost(request.raw.rawHeaders)) {
    throw new DoiError('bad_request', 'The request has several Host headers.', 'Send one of them.');
  }
  const { config } = request.routeOptions;
  const forReading = () => checkReader(request, options);
  if (config?.checkCaller !== undefined) config.checkCaller(request, forReading);
  else forReading();
}

/**
 * Refuses a request that may not read. Listening on loopback alone protects nothing: a web page can send requests there
 * under a name of its own, so without a token the name in `Host` must be a known one.
 */
function checkReader(request: FastifyRequest, options: ReadAuthOptions): void {
  if (options.readToken === undefined) checkName(request, options);
  else checkToken(request, options.readToken, 'DOI_READ_TOKEN');
}

/** Node silently keeps the first one, while a proxy may have used another. */
function hasSecondHost(rawHeaders: readonly string[]): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts > 1;
}

/**
 * Refuses an address in a form that no address has here: each has one spelling, so that a proxy in front of this server
 * cannot interpret it as another address.
 * @throws {DoiError} `bad_request`
 */
export function checkTarget(request: FastifyRequest): void {
  if (TARGET.test(request.originalUrl)) return;
  const found = 'The address is not in the form that addresses have here.';
  const remedy = 'Send a path of letters, digits, ".", "_", "-" and "/", with none of them encoded.';
  throw new DoiError('bad_request', found, remedy);
}

/** The path of a request, without the query and the base path. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?')[0] ?? '';
}

/** Refuses a request that names another server. @throws {DoiError} `forbidden` */
export function checkName(request: FastifyRequest, { address, publicUrl }: ReadAuthOptions): void {
  const name = HOST.exec(request.headers.host ?? '')?.[1]?.toLowerCase();
  const own = address.toLowerCase();
  const known = ['localhost', '127.0.0.1', '[::1]', own, `[${own}]`, publicUrl?.name];
  if (name !== undefined && known.includes(name)) return;
  const remedy = 'Use localhost or 127.0.0.1; behind a proxy, set DOI_PUBLIC_URL.';
  throw new DoiError('forbidden', 'The name in the Host header is not one of this server.', remedy);
}

/** Refuses a request that does not carry a token. @throws {DoiError} `unauthorized` */
export function checkToken(request: FastifyRequest, token: string, setting: string): void {
  const [, given] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (given !== undefined && equalInConstantTime(given, token)) return;
  const remedy = `Send "Authorization: Bearer" with the value of ${setting}.`;
  throw new DoiError('unauthorized', 'The request carries no valid token.', remedy);
}

/** Whether two secrets are the same bytes. The time of the comparison does not reveal how much of them is equal. */
export function equalInConstantTime(one: string | Buffer, other: string | Buffer): boolean {
  const digest = (secret: string | Buffer) => createHash('sha256').update(secret).digest();
  return timingSafeEqual(digest(one), digest(other));
}
