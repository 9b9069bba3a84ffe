/** The route by which a person, or a program for one, requests an evaluation of a repository. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { emptyQuery, refreshBody, type SlugParams, slugParams, toSchema } from '../api/queries.js';
import type { RefreshAnswer } from '../api/report.js';
import { DoiError } from '../domain/errors.js';
import { CircuitBreaker } from '../platform/circuit-breaker.js';
import { authorizeWrite, type WriteAuthOptions } from '../platform/http/write-auth.js';
import type { Sql } from '../platform/postgres/sql.js';
import { requestBySlug } from './refresh.js';
import type { WakeUpTarget } from './wake-up-buffer.js';

export interface RefreshRouteDependencies {
  readonly sql: Sql;
  /** This host: it is woken where no host has claimed the repository. */
  readonly host: string;
  readonly wakes: WakeUpTarget;
  readonly caller: WriteAuthOptions;
  /** Reads the open request, in the form that a report has. */
  readonly readRefresh: (slug: string) => Promise<RefreshAnswer | null>;
}

/** Adds `POST /repos/:slug/doi/refresh`. */
export function addRefreshRoute(app: FastifyInstance, deps: RefreshRouteDependencies): void {
  // In a context of its own, so that its body parsers apply to no other route.
  app.register(async (server) => {
    const breaker = new CircuitBreaker();
    // The body is JSON, or there is none.
    server.removeContentTypeParser('text/plain');
    server.post<{ Params: SlugParams }>(
      '/repos/:slug/doi/refresh',
      {
        config: { checkCaller: (request) => authorizeWrite(request, deps.caller) },
        schema: { params: toSchema(slugParams), querystring: toSchema(emptyQuery) },
      },
      async (request, reply) => {
        const { slug } = request.params;
        const forced = !readIfStale(request);
        const { wake, refresh } = await breaker.run(() => requestAndRead(deps, slug, forced));
        reply.code(202).header('cache-control', 'no-store').send({ repo_slug: slug, refresh });
        deps.wakes.add([wake]);
        return reply;
      },
    );
  });
}

async function requestAndRead(deps: RefreshRouteDependencies, slug: string, forced: boolean) {
  const wake = await requestBySlug(deps, slug, forced);
  return { wake, refresh: await deps.readRefresh(slug) };
}

/** Whether only what changed is to be judged; without a body, everything is judged. */
function readIfStale({ body }: FastifyRequest): boolean {
  if (body === undefined) return false;
  const parsed = refreshBody.safeParse(body);
  if (parsed.success) return parsed.data.if_stale ?? false;
  const remedy = 'Send {"if_stale": true}, {} or no body at all.';
  throw new DoiError('bad_request', 'The body is not what this address takes.', remedy);
}
