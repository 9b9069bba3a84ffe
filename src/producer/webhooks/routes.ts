/** The webhooks' route: proves a delivery, accepts its push, answers, and then wakes the home hosts. */
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { emptyQuery, toSchema } from '../../api/queries.js';
import { DoiError } from '../../domain/errors.js';
import { BatchLoader } from '../../platform/batch-loader.js';
import { CircuitBreaker } from '../../platform/circuit-breaker.js';
import type { Clock } from '../../platform/clock.js';
import { pathOf } from '../../platform/http/read-auth.js';
import type { Log } from '../../platform/log.js';
import type { Sql } from '../../platform/postgres/sql.js';
import {
  WEBHOOK_PROVIDERS,
  type WebhookProvider,
  type WebhookSecrets,
} from '../../platform/settings/webhook-secrets.js';
import { makeDue } from '../../store/mirrors/contacts.js';
import { addPushes, type NewPush } from '../../store/pushes.js';
import type { WakeUpTarget } from '../wake-up-buffer.js';
import { type AcceptDependencies, acceptPush } from './accept-push.js';
import { LargeBodies } from './large-bodies.js';
import { proveDelivery } from './proof.js';
import { PROVIDERS } from './provider.js';
import { type Push, readDelivery } from './read-delivery.js';

export interface WebhookDependencies extends Pick<AcceptDependencies, 'index'> {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: Log;
  readonly secrets: WebhookSecrets;
  readonly wakes: WakeUpTarget;
}

const BODY_LIMIT = 5 * 1024 * 1024;

/**
 * Adds `POST /webhooks/:provider`. This route replaces the usual check of the caller: a provider may address the server by
 * any name and sends no token, but the proof, which needs the body.
 */
export function addWebhookRoutes(app: FastifyInstance, deps: WebhookDependencies): void {
  // In a context of its own, so that only the bodies of this route stay raw.
  app.register(async (server) => {
    const breaker = new CircuitBreaker();
    // One statement writes all pushes that arrived while the previous statement ran.
    const pushes = new BatchLoader((items: readonly NewPush[]) => addPushes(deps.sql, items));
    const record = (push: NewPush) => pushes.add(push);
    const taking = { ...deps, breaker, record, makeDue: (repoId: string) => makeDue(deps.sql, repoId) };
    const large = new LargeBodies();
    server.addHook('preParsing', async (request, reply, payload) =>
      large.hold(request, reply, payload as Readable),
    );
    server.removeAllContentTypeParsers();
    server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
      done(null, body);
    });
    server.addContentTypeParser('*', (_request, _body, done) => done(notJson()));
    server.post(
      '/webhooks/:provider',
      {
        bodyLimit: BODY_LIMIT,
        config: { checkCaller: (request) => void requireProvider(request, deps.secrets) },
        schema: { querystring: toSchema(emptyQuery) },
      },
      (request, reply) => take(taking, request, reply),
    );
  });
}

async function take(
  deps: WebhookDependencies & AcceptDependencies & { readonly breaker: CircuitBreaker },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const provider = requireProvider(request, deps.secrets);
  const { body } = request;
  if (!Buffer.isBuffer(body)) throw notJson();
  const delivery = { headers: request.raw.rawHeaders, body };
  const proof = proveDelivery(provider, delivery, { secrets: deps.secrets[provider], now: deps.clock.now() });
  if (!proof.ok) {
    const { name, setting } = PROVIDERS[provider];
    const remedy = `Give the webhook at ${name} a secret of ${setting}.`;
    throw new DoiError('unauthorized', `The delivery is not proven: ${proof.why}`, remedy);
  }
  reply.header('cache-control', 'no-store');
  const read = readDelivery(provider, proof.event, body);
  if (read.kind === 'ignored') return reply.send({ ignored: read.why });
  const { isKnown, slugs, pushed, toWake } = await deps.breaker.run(() => acceptPush(deps, read));
  if (slugs.length === 0) return reply.send({ ignored: whyNoRepository(read, isKnown) });
  reply.code(202).send({ accepted: true, repositories: slugs });
  deps.log.info({ provider, repositories: slugs, pushed }, 'a push was accepted');
  // After the answer: the provider need not wait for Redis.
  deps.wakes.add(toWake);
  return reply;
}

/** Why a push requested nothing. */
function whyNoRepository({ branches }: Push, isKnown: boolean): string {
  if (branches.every(({ head }) => head === null)) return 'The branch was deleted.';
  return isKnown
    ? 'No active repository of this remote judges this branch.'
    : 'No active repository has this remote.';
}

/** @throws {DoiError} `unknown_route` for an unknown provider, and for one that is off */
function requireProvider(request: FastifyRequest, secrets: WebhookSecrets): WebhookProvider {
  const { provider: named } = request.params as { readonly provider?: unknown };
  const provider = WEBHOOK_PROVIDERS.find((one) => one === named);
  if (provider === undefined) {
    const found = `There is nothing at ${request.method} ${pathOf(request)}.`;
    throw new DoiError('unknown_route', found, `There are webhooks for ${WEBHOOK_PROVIDERS.join(', ')}.`);
  }
  if (secrets[provider].length === 0) {
    const { name, setting } = PROVIDERS[provider];
    const found = `Webhooks of ${name} are off, since ${setting} is not set.`;
    throw new DoiError('unknown_route', found, `Set ${setting} for the web process.`);
  }
  return provider;
}

/** With the HTTP status 415. */
function notJson(): Error {
  const message =
    'Only bodies of the content type application/json are taken, and no forms: set that in the webhook at the provider.';
  return Object.assign(new Error(message), { statusCode: 415 });
}
