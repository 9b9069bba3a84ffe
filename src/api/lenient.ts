/** Makes of the schema of an answer the one that a client reads by: the server may be of a later release. */
import { z } from 'zod';
import { checkoutKind, errorCode, input, staleReason } from './terms.js';

/** Names that inform and decide nothing: a client shows one that it does not know. */
const OPEN_NAMES: ReadonlySet<z.ZodType> = new Set<z.ZodType>([
  ...[errorCode, input, staleReason.shape.input, staleReason.shape.code, checkoutKind],
]);

/** The same schema for an answer that may have further fields at any depth, which are left out, and further codes. */
export function lenient<Schema extends z.ZodType>(schema: Schema): Schema {
  return relax(schema) as Schema;
}

function relax(schema: z.ZodType): z.ZodType {
  if (OPEN_NAMES.has(schema)) return z.string();
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries(schema.shape as z.ZodRawShape);
    return z.object(Object.fromEntries(fields.map(([name, field]) => [name, relax(field as z.ZodType)])));
  }
  if (schema instanceof z.ZodArray) return z.array(relax(schema.element as z.ZodType));
  if (schema instanceof z.ZodNullable) return relax(schema.unwrap() as z.ZodType).nullable();
  if (schema instanceof z.ZodOptional) return relax(schema.unwrap() as z.ZodType).optional();
  return schema;
}
