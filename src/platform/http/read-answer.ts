/** What clients of other HTTP servers share: a body is read up to a limit, and a failed `fetch` says why it failed. */
import { HIDDEN } from '../../domain/hide-secrets.js';
import { cleanText } from '../../domain/text.js';

/** Reads a body as text; undefined where it has more bytes than `most`. The rest of a larger one is not read. */
export async function readAtMost(response: Response, most: number): Promise<string | undefined> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value: chunk } = await reader.read();
    if (done) break;
    bytes += chunk.byteLength;
    if (bytes > most) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * The parsed JSON; undefined where the text is none, as the page of a proxy's error often is.
 * @param secret replaced in each of its texts
 */
export function parseJson(text: string, secret?: string): unknown {
  const hide = (_: string, value: unknown) =>
    typeof value === 'string' && secret ? value.replaceAll(secret, HIDDEN) : value;
  try {
    return JSON.parse(text, secret ? hide : undefined);
  } catch {
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
export function describeFetchError(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = cause instanceof Error ? cause.message || cause.name : String(cause);
  return `cannot be reached: ${cleanText(text, 200)}`;
}
