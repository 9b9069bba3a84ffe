/** What requests are validated by: schemas in the form that Fastify takes. */
import { z } from 'zod';

/** The parameters of a route of one repository: the form of a slug as registering makes it. It never becomes part of a path. */
export const slugParams = z.strictObject({ slug: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/) });
export type SlugParams = z.infer<typeof slugParams>;

/** The query of a route that takes no parameters. */
export const emptyQuery = z.strictObject({});

/** A schema for Fastify's validator, which takes draft 7. */
export function toSchema(schema: z.ZodType): object {
  return z.toJSONSchema(schema, { target: 'draft-7' });
}
