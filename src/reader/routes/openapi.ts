/** The route `/openapi.json`. The document changes only with the release. */
import type { FastifyInstance } from 'fastify';
import { makeDocument, readExamples } from '../../api/document.js';
import { emptyQuery, toSchema } from '../../api/queries.js';
import { Representation } from '../representation.js';
import { sendRepresentation } from '../send.js';

export interface OpenApiDeps {
  readonly version: string;
  /** Where clients reach the service; a base path without a slash at its end, or an address with one. */
  readonly publicUrl: string;
}

/** Adds `/openapi.json`; the first HTTP request makes the document. */
export function addOpenApiRoute(server: FastifyInstance, { version, publicUrl }: OpenApiDeps): void {
  let made: Representation | undefined;
  server.get('/openapi.json', { schema: { querystring: toSchema(emptyQuery) } }, async (request, reply) => {
    made ??= new Representation(
      JSON.stringify(makeDocument({ version, publicUrl, examples: readExamples() })),
    );
    return sendRepresentation(request, reply, { representation: made });
  });
}
