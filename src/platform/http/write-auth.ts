/** Decides which HTTP requests may change something: those with the token for it, from no web page of another origin. */
import type { FastifyRequest } from 'fastify';
import { DoiError } from '../../domain/errors.js';
import type { PublicUrl } from '../settings/public-url.js';
import { checkName, checkToken, type ReadAuthOptions } from './read-auth.js';

export interface WriteAuthOptions extends ReadAuthOptions {
  /** Requests for an evaluation need it; where it is not set, none is allowed, on loopback neither. */
  readonly token: string | undefined;
}

/**
 * Refuses a request that may not change anything. The name in `Host` must be known where reading needs that too. A browser
 * must state that the request comes from this server's own pages, even if it carries the token.
 * @throws {DoiError} `forbidden`, `unauthorized`
 */
export function authorizeWrite(request: FastifyRequest, options: WriteAuthOptions): void {
  if (options.readToken === undefined) checkName(request, options);
  checkOrigin(request, options.publicUrl);
  if (options.token === undefined) {
    const found = 'No client may request an evaluation over HTTP, since DOI_TOKEN is not set.';
    throw new DoiError('forbidden', found, 'Set DOI_TOKEN for the web process, or use "doi refresh".');
  }
  checkToken(request, options.token, 'DOI_TOKEN');
}

/** Refuses a request from a web page of another origin. @throws {DoiError} `forbidden` */
export function checkOrigin({ headers }: FastifyRequest, publicUrl: PublicUrl | undefined): void {
  const { origin, host = '' } = headers;
  // Browsers send this header with every request that changes something; other programs do not.
  const site = headers['sec-fetch-site'] ?? 'none';
  const isOwn = origin === undefined || isOwnOrigin(origin.toLowerCase(), host.toLowerCase(), publicUrl);
  if (isOwn && (site === 'none' || site === 'same-origin')) return;
  const found = 'The request comes from a web page of another origin.';
  throw new DoiError('forbidden', found, 'Send it with a program, or from a page of this server.');
}

/** The public origin is compared whole. For another name the scheme does not count: a proxy in front may use another one. */
function isOwnOrigin(origin: string, host: string, publicUrl: PublicUrl | undefined): boolean {
  if (origin === publicUrl?.origin) return true;
  const named = hostOf(origin);
  return named === host && (publicUrl === undefined || named !== hostOf(publicUrl.origin));
}

/** Name and port of an origin. */
function hostOf(origin: string): string | undefined {
  return /^https?:\/\/([^/?#@\s]+)$/.exec(origin)?.[1];
}
