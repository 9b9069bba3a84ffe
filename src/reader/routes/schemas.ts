/** The route `/schemas/:name.json`: the JSON Schemas of a repository's files, which the build made. */
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { emptyQuery, SCHEMA_NAMES, toSchema } from '../../api/queries.js';
import { DoiError } from '../../domain/errors.js';
import { distPath } from '../../platform/process/package-root.js';
import { Representation } from '../representation.js';
import { sendRepresentation } from '../send.js';

// The schemas hold no data, and an editor sends no token.
const FOR_ANY_CLIENT = { checkCaller: () => {} };
/** A schema changes only with the release, and its address names none. */
const ONE_HOUR = 'public, max-age=3600';

/** Adds `/schemas/:name.json`. */
export function addSchemasRoute(server: FastifyInstance): void {
  const schemas = new Map<string, Representation>(
    SCHEMA_NAMES.map((name) => [name, new Representation(readFileSync(distPath(`schemas/${name}.json`)))]),
  );
  server.get<{ Params: { name: string } }>(
    '/schemas/:name.json',
    { config: FOR_ANY_CLIENT, schema: { querystring: toSchema(emptyQuery) } },
    async (request, reply) => {
      const representation = schemas.get(request.params.name);
      if (representation === undefined) {
        const names = SCHEMA_NAMES.map((name) => `/schemas/${name}.json`).join(', ');
        throw new DoiError('unknown_route', 'There is no such schema.', `There are ${names}.`);
      }
      return sendRepresentation(request, reply, {
        representation,
        type: 'application/schema+json',
        cacheControl: ONE_HOUR,
      });
    },
  );
}
