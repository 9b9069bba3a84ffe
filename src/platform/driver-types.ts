/**
 * How values become PostgreSQL's text. The driver writes a statement's parameters as text in place, and where the server
 * has lost a prepared statement (poolers, `DISCARD ALL`, a changed result type) it sends that statement once more and
 * runs the texts through the same functions again. Each function therefore leaves its own result as it is; the driver's
 * own make `true` false and quote JSON twice.
 */
import { ARRAY_TYPES } from './array-types.js';

type Serialize = (value: unknown) => string;

const writeBoolean: Serialize = (value) => (value === true || value === 't' ? 't' : 'f');
const writeTime: Serialize = (value) =>
  (value instanceof Date ? value : new Date(String(value))).toISOString();
/** A text is JSON already: a JSON string has to be written as such. */
const writeJson: Serialize = (value) => (typeof value === 'string' ? value : JSON.stringify(value));
const writeBytes: Serialize = (value) =>
  typeof value === 'string' ? value : `\\x${Buffer.from(value as Uint8Array).toString('hex')}`;

const isTrue = (text: string) => text === 't';
const toTime = (text: string) => new Date(text);
const toBytes = (text: string) => Buffer.from(text.slice(2), 'hex');

/** The types to hand to the driver: those of its own whose functions are not idempotent, and arrays. */
export const DRIVER_TYPES = {
  boolean: { to: 16, from: [16], serialize: writeBoolean, parse: isTrue },
  // date, timestamp, timestamptz
  date: { to: 1184, from: [1082, 1114, 1184], serialize: writeTime, parse: toTime },
  // json, jsonb
  json: { to: 114, from: [114, 3802], serialize: writeJson, parse: JSON.parse as (text: string) => unknown },
  bytea: { to: 17, from: [17], serialize: writeBytes, parse: toBytes },
  ...ARRAY_TYPES,
};
