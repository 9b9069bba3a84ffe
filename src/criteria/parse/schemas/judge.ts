/** Judges values that YAML gave by a schema, and says where they break it; the callers make sentences of that. */
import * as z from 'zod/mini';

/** A place in a document: keys and indexes, from its top. */
export type Path = readonly PropertyKey[];

/** The first place at which a value breaks a schema, in the order of the schema's keys; undefined where it keeps it. */
export function firstFault(schema: z.core.$ZodType, value: unknown): Path | undefined {
  return faults(schema, value)[0];
}

/** The keys of a map whose values break a schema, a missing one too. */
export function faultyKeys<Shape extends z.core.$ZodShape>(
  schema: z.ZodMiniObject<Shape>,
  get: (key: string) => unknown,
): ReadonlySet<keyof Shape> {
  const known = Object.keys(schema.shape).map((key) => [key, asJson(get(key))]);
  return new Set(faults(schema, Object.fromEntries(known)).map((path) => path[0] as keyof Shape));
}

/** Whether a value keeps a schema. */
export function keeps(schema: z.core.$ZodType, value: unknown): boolean {
  return z.safeParse(schema, asJson(value)).success;
}

/** A value in which `.inf` and `.nan` are texts: JSON has no such numbers, so that no JSON Schema can speak of them. */
function asJson(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return Array.isArray(value) ? value.map(asJson) : value;
}

function faults(schema: z.core.$ZodType, value: unknown): Path[] {
  const { error } = z.safeParse(schema, value);
  return error === undefined ? [] : error.issues.map(({ path }) => path);
}
