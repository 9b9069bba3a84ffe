/** Sends one HTTP request to a forge, with a limit on its time and on the size of the answer, and follows no redirect. */

import { DoiError } from '../domain/errors.js';
import { parseJson } from '../domain/parse-json.js';
import { describeFetchError, proxyNote, readAtMost } from '../platform/http/read-answer.js';

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
    const text = await readAtMost(response, MOST_BYTES);
    if (text === undefined) {
      const found = `${forge} answers one HTTP request with more than ${MOST_BYTES} bytes.`;
      throw new DoiError('remote_too_large', found, 'Check that the address is that of a forge.');
    }
    // The caller names the forge where it needs JSON: the page of an error often is none.
    return { status: response.status, headers: response.headers, body: parseJson(text) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DoiError) throw error;
    const why = limit.aborted ? `did not answer within ${timeoutMs / 1000} s` : describeFetchError(error);
    throw new DoiError(
      'remote_unreachable',
      `${forge} ${why}.`,
      `Check its address and the network, and run the command again.${proxyNote(process.env)}`,
      { cause: error },
    );
  }
}
