/** The operations that request evaluations: `POST` of a refresh, and of a webhook. */
import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { WEBHOOK_PROVIDERS } from '../platform/settings/webhook-secrets.js';
import { accepted, ignored, problem, requested } from './health-and-problems.js';
import { emptyQuery, refreshBody, slugParams } from './queries.js';
import { json, problems } from './responses.js';

const providerParams = z.object({
  provider: z.enum(WEBHOOK_PROVIDERS).meta({ description: 'Whose webhook it is.', examples: ['github'] }),
});

const message = z.looseObject({ jsonrpc: z.literal('2.0') }).meta({ id: 'McpMessage' });

/** An error of the protocol, or a problem. */
const ofProtocol = (description: string) => ({
  description,
  content: { 'application/json': { schema: message }, 'application/problem+json': { schema: problem } },
});

export const writePaths: ZodOpenApiPathsObject = {
  '/repos/{slug}/doi/refresh': {
    post: {
      operationId: 'askForRefresh',
      summary: 'Request an evaluation that goes before all others.',
      security: [{ token: [] }],
      requestParams: { path: slugParams, query: emptyQuery },
      requestBody: { content: { 'application/json': { schema: refreshBody } }, required: false },
      responses: {
        202: json('The request is committed.', requested),
        ...problems(401, 403, 404, 413, 415, 503),
      },
    },
  },
  '/mcp': {
    post: {
      operationId: 'callTools',
      summary: 'The tools and resources for agents: one message of the Model Context Protocol.',
      requestParams: { query: emptyQuery },
      requestBody: { content: { 'application/json': { schema: message } }, required: true },
      responses: {
        200: {
          description: 'The answer; as an event stream of one event in the protocol’s older era.',
          content: { 'application/json': { schema: message }, 'text/event-stream': { schema: z.string() } },
        },
        202: { description: 'A notification was taken.' },
        ...problems(401, 403, 404, 413, 415, 503),
        400: ofProtocol('The request is not in its form.'),
        404: ofProtocol('The protocol has no such method.'),
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
