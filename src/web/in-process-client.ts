/** A client of this very server's routes, for what answers a request by other requests: it may do what its client may. */

import type { FastifyInstance } from 'fastify';
import { ANSWER_MS, type ApiClient } from '../client/open-client.js';
import { DoiError } from '../domain/errors.js';
import { parseJson } from '../domain/parse-json.js';
import { endsWithin } from '../platform/process/ends-within.js';

export interface CallerHeaders {
  readonly host: string;
  /** The `Authorization` of requests that read, and of those that request something. */
  readonly read: string | undefined;
  readonly write: string | undefined;
}

/** Fastify answers nothing once it is closed. */
function refuseStopped(cause: unknown): never {
  if (Object(cause).code !== 'FST_ERR_REOPENED_CLOSE_SERVER') throw cause;
  const remedy = 'Try again when it has been started again.';
  throw new DoiError('server_unreachable', 'This server is being stopped.', remedy, { cause });
}

/** Makes a client whose requests pass the same checks as those from outside. */
export function openInProcessClient(
  server: Pick<FastifyInstance, 'inject'>,
  { host, read, write }: CallerHeaders,
): ApiClient {
  return {
    async request({ method = 'GET', path, body, headers = {}, timeoutMs = ANSWER_MS }) {
      const authorization = method === 'GET' ? read : write;
      const answering = server.inject({
        ...{ method, url: path },
        headers: { host, ...(authorization === undefined ? {} : { authorization }), ...headers },
        ...(body === undefined ? {} : { payload: body as object }),
      });
      if (!(await endsWithin(answering, timeoutMs).catch(refuseStopped))) {
        const found = `This server did not answer within ${timeoutMs / 1000} s.`;
        throw new DoiError('server_unreachable', found, 'Try again in a moment.');
      }
      const answer = await answering;
      return {
        status: answer.statusCode,
        headers: Object.fromEntries(
          Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
        ),
        body: parseJson(answer.body),
      };
    },
  };
}
