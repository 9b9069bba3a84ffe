/** The forms that settings have in common: each reads the text of an environment variable, and says what it must be. */
import { z } from 'zod';
import { SECRET_LENGTH } from './webhook-secrets.js';

interface Limits {
  readonly min: number;
  readonly max: number;
}

/** Digits alone: `Number` also reads blanks as 0, and hexadecimal. */
function numeric(error: string, isValid: (value: number) => boolean) {
  return z
    .string()
    .refine((text) => /^(?:\d+|\d*\.\d+)$/.test(text) && isValid(Number(text)), { error })
    .transform(Number);
}

export function seconds(fallback: number, { min, max }: Limits) {
  return numeric(
    `must be a number of seconds, ${min} to ${max}`,
    (value) => value >= min && value <= max,
  ).default(fallback);
}

export function hours(fallback: number, max: number) {
  return numeric(
    `must be a number of hours, more than 0 and at most ${max}`,
    (value) => value > 0 && value <= max,
  ).default(fallback);
}

export function wholeNumber({ min, max }: Limits) {
  return numeric(
    `must be a whole number, ${min} to ${max}`,
    (value) => Number.isInteger(value) && value >= min && value <= max,
  );
}

export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, { error: `must be one of ${values.join(', ')}` });
}

/** What a client sends as `Authorization: Bearer TOKEN`. A token that no client can send would never match. */
export const bearerToken = z.string().regex(new RegExp(`^[!-~]{${SECRET_LENGTH},}$`), {
  error: `must have at least ${SECRET_LENGTH} characters: letters, digits and signs of ASCII, with no white space between them`,
});

// BullMQ and URLs use the name: nothing in it may need quoting.
export const plainName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, {
  error: 'must be letters, digits, ".", "_" or "-", at most 63, and begin with a letter or a digit',
});

export const schemaName = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/, {
  error:
    'must be a lower-case PostgreSQL name: a to z, digits and "_", at most 63, and not a digit at its beginning',
});

/** The program and its arguments, as they are started without a shell. */
export const argumentVector = z.string().transform((text, context) => {
  const parsed = z.array(z.string().min(1)).min(1).safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  context.addIssue({
    code: 'custom',
    message: 'must be a JSON list of texts, such as ["python3","check.py","{path}"]',
  });
  return z.NEVER;
});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
