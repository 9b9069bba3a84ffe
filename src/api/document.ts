/** Makes the OpenAPI document from the schemas that the server checks requests by and tests check answers by. */
import { readFileSync } from 'node:fs';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { distPath } from '../platform/process/package-root.js';
import { readPaths, servicePaths } from './read-operations.js';
import { writePaths } from './write-operations.js';

/** All operations, by path and method. */
export const PATHS: ZodOpenApiPathsObject = { ...readPaths, ...writePaths, ...servicePaths };

export interface DocumentOptions {
  readonly version: string;
  /** Where clients reach the service, without a slash at its end. */
  readonly publicUrl: string;
  readonly examples: readonly Example[];
}

const TOKEN =
  'The value of DOI_READ_TOKEN for reading where that is set, and of DOI_TOKEN for requesting evaluations.';

/** Makes the document: OpenAPI 3.1, the same for the same options. */
export function makeDocument({ version, publicUrl, examples }: DocumentOptions) {
  const document = createDocument({
    openapi: '3.1.0',
    info: {
      title: 'doi-worker',
      version,
      description:
        'How far each repository meets its Definition of Integrated. docs/api.md has more on each answer.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: publicUrl }],
    security: [{}, { token: [] }],
    paths: PATHS,
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', description: TOKEN } } },
  });
  const operations = Object.values(document.paths ?? {}).flatMap(({ get, post }) =>
    [get ?? [], post ?? []].flat(),
  );
  addExamples(operations, examples);
  return document;
}

/** The operation of a route, as Fastify spells its path; undefined where there is none. */
export function operationOf(method: string, route: string): ZodOpenApiOperationObject | undefined {
  const path = PATHS[route.replace(/:(\w+)/g, '{$1}')];
  return method === 'POST' ? path?.post : path?.get;
}

/** One request and its answer, recorded from a real service. A test makes each request again and compares the answer. */
export interface Example {
  /** The id of the request's operation. */
  readonly operation: string;
  readonly name: string;
  readonly request: string;
  readonly status: number;
  readonly type: string;
  readonly answer: unknown;
}

interface Operation {
  readonly operationId?: string | undefined;
  readonly responses?: unknown;
}

/** All recorded examples. */
export function readExamples(): Example[] {
  return JSON.parse(readFileSync(distPath('api/examples.json'), 'utf8'));
}

/**
 * Adds each example to the response that it belongs to.
 * @throws {Error} for an example of a response that the operation does not have
 */
export function addExamples(operations: readonly Operation[], examples: readonly Example[]): void {
  for (const { operation: id, name, request, status, type, answer } of examples) {
    const operation = operations.find(({ operationId }) => operationId === id);
    const responses = operation?.responses as Responses | undefined;
    const content = responses?.[status]?.content?.[type];
    if (content === undefined) throw new Error(`${id} has no answer ${status} of ${type}.`);
    content.examples = { ...content.examples, [name]: { summary: request, value: answer } };
  }
}

type Responses = Record<string, { content?: Record<string, { examples?: Record<string, object> }> }>;
