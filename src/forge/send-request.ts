/** Sends one HTTP request to a forge, with a limit on its time and on the size of the answer, and follows no redirect. */

import { DoiError } from '../domain/errors.js';
import { cleanText } from '../domain/text.js';

export interface ForgeAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed JSON; undefined where the body is none. */
  readonly body: unknown;
}

export interface SendOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** The name of the forge for errors. */
  readonly forge: string;
  readonly signal: AbortSignal;
  /** How long the whole answer may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** The largest answer, in bytes: a hundred repositories of GitHub have 600 kB. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Sends a GET. The token goes to this address alone: `fetch` would send the headers of a redirected request on.
 * @throws {DoiError} `remote_unreachable`, `remote_too_large`; the reason of the signal where it aborts
 */
export async function sendRequest(url: string, options: SendOptions): Promise<ForgeAnswer> {
  const { headers, forge, signal, timeoutMs } = options;
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      headers,
      redirect: 'manual',
      signal: AbortSignal.any([signal, limit]),
    });
    const text = await readBody(response, forge);
    return { status: response.status, headers: response.headers, body: parseJson(text) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DoiError) throw error;
    const why = limit.aborted ? `did not answer within ${timeoutMs / 1000} s` : describeCause(error);
    throw new DoiError(
      'remote_unreachable',
      `${forge} ${why}.`,
      `Check its address and the network, and run the command again.${proxyNote(process.env)}`,
      { cause: error },
    );
  }
}

async function readBody(response: Response, forge: string): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value: chunk } = await reader.read();
    if (done) break;
    bytes += chunk.byteLength;
    if (bytes > MOST_BYTES) {
      await reader.cancel();
      const found = `${forge} answers one HTTP request with more than ${MOST_BYTES} bytes.`;
      throw new DoiError('remote_too_large', found, 'Check that the address is that of a forge.');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller names the forge where it needs JSON: the page of an error often is none.
    return undefined;
  }
}

/** What to do where the environment names a proxy: `fetch` does not use it by itself. */
export function proxyNote(environment: NodeJS.ProcessEnv): string {
  const names = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy', 'HTTP_PROXY', 'http_proxy'];
  const name = names.find((one) => environment[one]);
  if (name === undefined || environment['NODE_USE_ENV_PROXY'] === '1') return '';
  return ` Node does not use the proxy of ${name} by itself: from Node 22.21 and 24 on it does with NODE_USE_ENV_PROXY=1.`;
}

/** Node says only "fetch failed"; the cause names the system's error. */
function describeCause(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = cause instanceof Error ? cause.message || cause.name : String(cause);
  return `cannot be reached: ${cleanText(text, 200)}`;
}
