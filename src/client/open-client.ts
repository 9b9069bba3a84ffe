/** A client of a doi server's HTTP API: what `doi gate`, `doi check --against` and the tools for agents ask by. */

import { problem } from '../api/health-and-problems.js';
import { lenient } from '../api/lenient.js';
import { DoiError, ERRORS, type ErrorCode } from '../domain/errors.js';
import { HIDDEN } from '../domain/hide-secrets.js';
import { parseJson } from '../domain/parse-json.js';
import { cleanText } from '../domain/text.js';
import { describeFetchError, proxyNote, readAtMost } from '../platform/http/read-answer.js';

/** One request to the API. */
export interface ApiRequest {
  readonly method?: 'GET' | 'POST';
  /** The path and query below the server's address, such as `/repos/widget/doi`. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the answer may take, in milliseconds. */
  readonly timeoutMs?: number;
}

/** An answer of the API, whatever its status. */
export interface ApiAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON; undefined where there is none. */
  readonly body: unknown;
}

export interface ApiClient {
  /** @throws {DoiError} `server_unreachable`, `server_answer_invalid` */
  request(request: ApiRequest): Promise<ApiAnswer>;
}

/** How long an answer may take unless the request says otherwise. */
export const ANSWER_MS = 30_000;
/** The largest answer, in bytes: the summary of ten thousand repositories has some 5 MB. */
const MOST_BYTES = 16 * 1024 * 1024;

export interface ClientOptions {
  /** The server's address, without a slash at its end. */
  readonly url: string;
  /** Sent with a GET. */
  readonly readToken: string | undefined;
  /** Sent with a POST. */
  readonly token: string | undefined;
  /** The environment of this process, for a note on proxies in an error. */
  readonly environment: NodeJS.ProcessEnv;
}

/** Makes a client over HTTP. It follows no redirect: `fetch` would send the token on to the other address. */
export function openClient(options: ClientOptions): ApiClient {
  return {
    async request(request) {
      const { method = 'GET', path, timeoutMs = ANSWER_MS } = request;
      const token = method === 'GET' ? options.readToken : options.token;
      const limit = AbortSignal.timeout(timeoutMs);
      try {
        const response = await fetch(`${options.url}${path}`, {
          method,
          headers: toHeaders(request, token),
          redirect: 'manual',
          signal: limit,
          ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        });
        const text = await readAtMost(response, MOST_BYTES);
        if (text === undefined)
          throw invalidAnswer(`The server answers one HTTP request with more than ${MOST_BYTES} bytes`);
        const { status, headers } = response;
        // A server or a proxy may quote the token, and what it says is printed.
        return {
          status,
          headers: Object.fromEntries(headers),
          body: parseJson(text, token ? hiding(token) : undefined),
        };
      } catch (error) {
        if (error instanceof DoiError) throw error;
        const why = limit.aborted ? `did not answer within ${timeoutMs / 1000} s` : describeFetchError(error);
        throw unreachable(`${options.url} ${why}.`, proxyNote(options.environment), error);
      }
    },
  };
}

function hiding(secret: string) {
  return (_key: string, value: unknown) =>
    typeof value === 'string' ? value.replaceAll(secret, HIDDEN) : value;
}

function toHeaders({ body, headers }: ApiRequest, token: string | undefined): Record<string, string> {
  return {
    accept: 'application/json',
    // To this server it means nothing more; a cache before it may send no answer that it kept (RFC 9111, 5.2.1.4).
    'cache-control': 'no-cache',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
  };
}

/** The statuses with which a proxy says that the server behind it does not answer, or that a client may ask later. */
const BY_PROXY: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** Some proxies have statuses of their own from 520 on. */
function isByProxy(status: number): boolean {
  return BY_PROXY.has(status) || (status >= 520 && status <= 530);
}

/** The code for an answer of which this release knows the status alone. */
const BY_STATUS: ReadonlyMap<number, ErrorCode> = new Map([
  [400, 'bad_request'],
  [401, 'unauthorized'],
  [403, 'forbidden'],
]);

/** A problem as this release reads it: a later one may add fields and codes. */
const readableProblem = lenient(problem.pick({ code: true, detail: true, remedy: true }));

function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}

const SET_TOKEN = 'Set DOI_READ_TOKEN to the token for reading of that server.';

/**
 * Throws the error that an answer other than 2xx and 304 carries.
 * @throws {DoiError} of the server's own code; `server_unreachable`, `unauthorized`, `forbidden` for the answers of a proxy;
 *   `server_answer_invalid` for all else
 */
export function throwProblem({ status, body }: ApiAnswer): never {
  const parsed = readableProblem.safeParse(body);
  if (status >= 400 && parsed.success) {
    const { code, detail, remedy } = parsed.data;
    // The server says how a client sends a token over HTTP, which is not what a person does here.
    if (code === 'unauthorized') throw new DoiError(code, detail, SET_TOKEN);
    if (isKnown(code)) throw new DoiError(code, detail, remedy);
    // A later release may have more codes. What it says of this one is still what to do.
    const found = `The server answers ${status} "${cleanText(code, 50)}": ${detail}`;
    throw new DoiError(
      BY_STATUS.get(status) ?? (isByProxy(status) ? 'server_unreachable' : 'server_answer_invalid'),
      found,
      remedy,
    );
  }
  if (isByProxy(status)) throw unreachable(`A proxy before the server answers ${status}.`);
  const remedy = 'Check DOI_URL, and what the proxy before the server requires.';
  if (status === 401) throw new DoiError('unauthorized', 'A proxy before the server answers 401.', remedy);
  if (status === 403) throw new DoiError('forbidden', 'A proxy before the server answers 403.', remedy);
  if (status >= 300 && status < 400) throw invalidAnswer(`The server answers with the redirect ${status}`);
  throw invalidAnswer(`The server answers ${status} without a problem that this release knows`);
}

/** The error for an answer that is not what the API answers. */
export function invalidAnswer(found: string): DoiError {
  const remedy =
    'Check that DOI_URL, or --against, is the address of a doi server, and that both are of one release: compare "doi --version" with the answer of /healthz there.';
  return new DoiError('server_answer_invalid', `${found}.`, remedy);
}

function unreachable(found: string, note = '', cause?: unknown): DoiError {
  const remedy = `Check the address (DOI_URL, or that of --against), the network, and that "doi web" runs there.${note}`;
  return new DoiError('server_unreachable', found, remedy, { cause });
}
