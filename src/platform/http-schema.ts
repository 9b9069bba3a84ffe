/** What requests are validated by: schemas in the form that Fastify takes. */
import { z } from 'zod';

/** A schema for Fastify's validator, which takes draft 7. */
export function toSchema(schema: z.ZodType): object {
  return z.toJSONSchema(schema, { target: 'draft-7' });
}
