/** Digests of input values: two equal ones mean that a verdict on that input still holds. */
import { createHash } from 'node:crypto';

/** The digest of a value that JSON can hold. Its keys must always come in one order. */
export function digestValue(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
}
