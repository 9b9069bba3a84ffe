/** The operations of the producer, and those on the service itself. */
import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { WEBHOOK_PROVIDERS } from '../platform/settings/webhook-secrets.js';
import { accepted, asked, health, ignored, readiness } from './about-service.js';
import { emptyQuery, refreshBody, slugParams } from './requests.js';
import { conditional, json, problems, tagged, unchanged } from './responses.js';

const providerParams = z.object({
  provider: z.enum(WEBHOOK_PROVIDERS).meta({ description: 'Whose webhook it is.', examples: ['github'] }),
});

export const askingPaths: ZodOpenApiPathsObject = {
  '/repos/{slug}/doi/refresh': {
    post: {
      operationId: 'askForRefresh',
      summary: 'Ask for an evaluation that goes before all others.',
      security: [{ token: [] }],
      requestParams: { path: slugParams, query: emptyQuery },
      requestBody: { content: { 'application/json': { schema: refreshBody } }, required: false },
      responses: {
        202: json('It is asked for.', asked),
        ...problems(401, 403, 404, 413, 415, 503),
      },
    },
  },
  '/webhooks/{provider}': {
    post: {
      operationId: 'takeDelivery',
      summary:
        'Take the delivery of a push. Its body is the provider’s, proven by a header of the provider’s.',
      security: [],
      requestParams: { path: providerParams, query: emptyQuery },
      requestBody: {
        content: {
          'application/json': {
            schema: z.looseObject({}).meta({ description: 'As the provider sends it.' }),
          },
        },
        required: true,
      },
      responses: {
        200: json('There is nothing to do for it.', ignored),
        202: json('The requests are committed.', accepted),
        ...problems(401, 404, 413, 415, 503),
      },
    },
  },
};

export const servicePaths: ZodOpenApiPathsObject = {
  '/healthz': {
    get: {
      operationId: 'readHealth',
      summary: 'Whether this process runs.',
      security: [],
      responses: { 200: json('It does.', health), ...problems() },
    },
  },
  '/readyz': {
    get: {
      operationId: 'readReadiness',
      summary: 'Whether what is served can be read.',
      security: [],
      responses: { 200: json('It can.', readiness), ...problems(503) },
    },
  },
  '/metrics': {
    get: {
      operationId: 'readMetrics',
      summary: 'What is counted of this process, the workers and the database, for Prometheus.',
      requestParams: { query: emptyQuery },
      responses: {
        200: {
          description: 'All metrics; without PostgreSQL those of this process.',
          content: { 'text/plain': { schema: z.string() } },
        },
        ...problems(401, 403),
      },
    },
  },
  '/openapi.json': {
    get: {
      operationId: 'readOpenApi',
      summary: 'This document.',
      requestParams: { query: emptyQuery, header: conditional },
      responses: {
        200: json('An OpenAPI 3.1 document.', z.looseObject({ openapi: z.string() }), tagged),
        304: unchanged(tagged),
        ...problems(401, 403),
      },
    },
  },
};
