/** The JSON Schema of a tool's input or output as clients receive it: without what a model does not need, to save its tokens. */
import type { z } from 'zod';

type JsonSchema = Readonly<Record<string, unknown>>;
type Convert = (options: { readonly target: string }) => JsonSchema;

/** What no client needs of an input. */
const LEFT_OUT_OF_INPUTS: ReadonlySet<string> = new Set([
  'examples',
  'id',
  '$schema',
  'additionalProperties',
  'pattern',
  'minLength',
  'maxLength',
]);
/** The same of an answer: docs/api.md describes its fields, and the server checks what it sends by the whole schema. */
const LEFT_OUT_OF_ANSWERS: ReadonlySet<string> = new Set([
  ...LEFT_OUT_OF_INPUTS,
  ...['description', 'format', 'minimum', 'maximum', 'minItems', 'maxItems', 'required'],
]);
/** A longer list of values is shown as a text. */
const MOST_VALUES = 7;

/** A schema that checks as `schema` does, and is shown shorter: it allows all that `schema` allows, and more. */
export function advertise<Schema extends z.ZodType>(schema: Schema): Schema {
  const standard = schema['~standard'] as unknown as { readonly jsonSchema: Record<string, Convert> };
  const once = (convert: Convert | undefined, shorten: (made: JsonSchema) => JsonSchema): Convert => {
    let shown: JsonSchema | undefined;
    return (options) => {
      shown ??= shorten(convert?.(options) ?? {});
      return shown;
    };
  };
  const jsonSchema = {
    input: once(standard.jsonSchema['input'], shortenInput),
    output: once(standard.jsonSchema['output'], shortenAnswer),
  };
  return { '~standard': { ...standard, jsonSchema } } as unknown as Schema;
}

const shortenInput = (made: JsonSchema) => change(made, (node) => without(node, LEFT_OUT_OF_INPUTS));

function shortenAnswer(made: JsonSchema): JsonSchema {
  const short = change(made, (node) => withoutLongLists(without(node, LEFT_OUT_OF_ANSWERS)));
  const defs = Object.entries((short['$defs'] ?? {}) as Readonly<Record<string, JsonSchema>>);
  const plain = new Map<string, JsonSchema>(
    defs.filter(([, def]) => isPlain(def)).map(([name, def]) => [`#/$defs/${name}`, def]),
  );
  const inlined = change(short, (node) => nullable(plain.get(String(node['$ref'])) ?? node));
  const kept = Object.entries((inlined['$defs'] ?? {}) as JsonSchema).filter(
    ([name]) => !plain.has(`#/$defs/${name}`),
  );
  return { ...inlined, $defs: Object.fromEntries(kept) };
}

/** Changes each schema within a schema, the inner ones first. The keys of `properties` and `$defs` are names. */
function change(node: JsonSchema, by: (node: JsonSchema) => JsonSchema): JsonSchema {
  const inner = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inner);
    return typeof value === 'object' && value !== null ? change(value as JsonSchema, by) : value;
  };
  const changed = Object.entries(node).map(([key, value]) => {
    if (key !== 'properties' && key !== '$defs') return [key, inner(value)];
    const named = Object.entries(value as JsonSchema).map(([name, schema]) => [name, inner(schema)]);
    return [key, Object.fromEntries(named)];
  });
  return by(Object.fromEntries(changed));
}

function without(node: JsonSchema, keywords: ReadonlySet<string>): JsonSchema {
  return Object.fromEntries(Object.entries(node).filter(([key]) => !keywords.has(key)));
}

function withoutLongLists(node: JsonSchema): JsonSchema {
  const { enum: values, ...rest } = node;
  return Array.isArray(values) && values.length > MOST_VALUES ? rest : node;
}

/** Whether a schema says no more than its type. */
function isPlain(node: JsonSchema): boolean {
  return Object.keys(node).length === 1 && typeof node['type'] === 'string';
}

/** A plain type or null, in the shorter of the two forms. */
function nullable(node: JsonSchema): JsonSchema {
  const [one, other, ...more] = (node['anyOf'] ?? []) as readonly JsonSchema[];
  if (one === undefined || other?.['type'] !== 'null' || more.length > 0 || !isPlain(one)) return node;
  return { ...without(node, new Set(['anyOf'])), type: [one['type'], 'null'] };
}
