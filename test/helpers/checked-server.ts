/** A server whose every answer is held against the schemas of the OpenAPI document: one that they do not allow is a 500. */
import { gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ZodOpenApiResponseObject } from 'zod-openapi';
import { operationOf } from '../../src/api/document.js';
import { problem } from '../../src/api/health-and-problems.js';
import { type HttpServerOptions, makeHttpServer } from '../../src/platform/http/server.js';

export function makeCheckedServer(settings: HttpServerOptions): FastifyInstance {
  const server = makeHttpServer(settings);
  server.addHook('onSend', async (request, reply, payload) => {
    checkAnswer({
      method: request.method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      type: String(reply.getHeader('content-type') ?? '').split(';')[0] ?? '',
      body: reply.getHeader('content-encoding') === 'gzip' ? gunzipSync(payload as Buffer) : payload,
      headers: reply.getHeaders(),
    });
    return payload;
  });
  return server;
}

export interface Answer {
  readonly method: string;
  /** The route's pattern, as Fastify spells it; undefined where there is none. */
  readonly route: string | undefined;
  readonly status: number;
  readonly type: string;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** @throws {Error} for an answer that the document does not have, or that is not of its schema */
export function checkAnswer({ method, route, status, type, body, headers }: Answer): void {
  if (route === undefined) {
    problem.parse(JSON.parse(String(body)));
    return;
  }
  const operation = operationOf(method, route);
  const response = (operation?.responses as Record<string, ZodOpenApiResponseObject> | undefined)?.[status];
  if (response === undefined) throw new Error(`The document has no ${status} of ${method} ${route}.`);
  if (response.headers instanceof z.ZodObject) response.headers.parse(headers);
  if (response.content === undefined) return;
  const schema = response.content[type as keyof typeof response.content]?.schema;
  if (!(schema instanceof z.ZodType)) throw new Error(`The document has no ${type} of ${method} ${route}.`);
  if (method !== 'HEAD' && type.endsWith('json')) schema.parse(JSON.parse(String(body)));
}
