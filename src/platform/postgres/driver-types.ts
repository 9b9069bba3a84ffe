/**
 * The types for the driver, in place of its own. Its way to PostgreSQL's arrays is a query on each new connection, whose
 * error, when the connection is lost, ends the process; and some of its own functions change a value that they are applied
 * to twice.
 */

type Parse = (text: string) => unknown;

const isTrueText: Parse = (text) => text === 't';
const toDate: Parse = (text) => new Date(text);
const toJson: Parse = (text) => JSON.parse(text);

/** The array types that are used, by what their elements become; numbers as in PostgreSQL's pg_type.dat. */
const ARRAYS = {
  // text, varchar, bpchar, name, uuid; and int8 and numeric, which a JavaScript number cannot hold.
  texts: { to: 1009, from: [1009, 1015, 1014, 1003, 2951, 1016, 1231], element: String },
  // int4, int2, float4, float8, oid
  numbers: { to: 1007, from: [1007, 1005, 1021, 1022, 1028], element: Number },
  booleans: { to: 1000, from: [1000], element: isTrueText },
  // timestamptz, timestamp, date
  dates: { to: 1185, from: [1185, 1115, 1182], element: toDate },
  // jsonb, json
  documents: { to: 3807, from: [3807, 199], element: toJson },
};

/** The array types for the driver. */
export const ARRAY_TYPES = Object.fromEntries(
  Object.entries(ARRAYS).map(([name, { to, from, element }]) => [
    name,
    { to, from, serialize: serializeArray, parse: (text: string) => parseArray(text, element) },
  ]),
);

/** An array as PostgreSQL reads it; any other value as text. */
export function serializeArray(value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  return `{${value.map((one) => (Array.isArray(one) ? serializeArray(one) : quote(one))).join(',')}}`;
}

function quote(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return `"${toText(value).replace(/["\\]/g, String.raw`\$&`)}"`;
}

function toText(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const TOKENS = /"((?:[^"\\]|\\.)*)"|[^",{}]+|[{}]/gs;

/** Reads an array as PostgreSQL prints it, of any depth. */
export function parseArray(text: string, element: Parse): unknown[] {
  const top: unknown[] = [];
  const open = [top];
  // Where the bounds do not begin at 1, PostgreSQL prints them before the first brace.
  for (const [token, quoted] of text.slice(text.indexOf('{')).matchAll(TOKENS)) {
    const into = open.at(-1) ?? top;
    if (token === '{') {
      const inner: unknown[] = [];
      into.push(inner);
      open.push(inner);
    } else if (token === '}') open.pop();
    else if (quoted !== undefined) into.push(element(quoted.replace(/\\(.)/gs, '$1')));
    else into.push(token === 'NULL' ? null : element(token));
  }
  return (top[0] ?? []) as unknown[];
}

/**
 * Turns a value into PostgreSQL's text, and leaves its own result as it is. The driver replaces a statement's parameters by
 * their texts; where the server has lost a prepared statement (poolers, `DISCARD ALL`, a changed result type), it sends that
 * statement again and applies the same functions to the texts. The driver's own functions then make `true` false and quote
 * JSON twice.
 */
type Serialize = (value: unknown) => string;

const writeBoolean: Serialize = (value) => (value === true || value === 't' ? 't' : 'f');
const writeTime: Serialize = (value) =>
  (value instanceof Date ? value : new Date(String(value))).toISOString();
/** A text counts as JSON already; a JSON string has to be written with its quotes. */
const writeJson: Serialize = (value) => (typeof value === 'string' ? value : JSON.stringify(value));
const writeBytes: Serialize = (value) =>
  typeof value === 'string' ? value : `\\x${Buffer.from(value as Uint8Array).toString('hex')}`;

const isTrue = (text: string) => text === 't';
const toTime = (text: string) => new Date(text);
const toBytes = (text: string) => Buffer.from(text.slice(2), 'hex');

/** The types for the driver: arrays, and those of its own types whose functions are not idempotent. */
export const DRIVER_TYPES = {
  boolean: { to: 16, from: [16], serialize: writeBoolean, parse: isTrue },
  // date, timestamp, timestamptz
  date: { to: 1184, from: [1082, 1114, 1184], serialize: writeTime, parse: toTime },
  // json, jsonb
  json: { to: 114, from: [114, 3802], serialize: writeJson, parse: JSON.parse as (text: string) => unknown },
  bytea: { to: 17, from: [17], serialize: writeBytes, parse: toBytes },
  ...ARRAY_TYPES,
};
