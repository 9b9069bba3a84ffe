/** The forms that settings have in common: each reads the text of an environment variable, and says what it must be. */

import { isIP, isIPv4 } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CronExpressionParser } from 'cron-parser';
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

/* The settings of when the nightly sweep begins. */

export const timeZone = z
  .string()
  .refine(isTimeZone, { error: 'must be an IANA time zone such as Europe/Berlin' });

export const cronPattern = z
  .string()
  .refine(isCronPattern, {
    error: 'must be a cron pattern of five fields, such as "0 3 * * *", or of six, with seconds first',
  })
  // The parser takes "H" for a time that it draws anew at each start, and no two hosts would agree on it.
  .refine((text) => !HASHED.test(text), {
    error: 'must be a cron pattern without "H", which stands for another time at each start',
  });
// An "H" that is no part of a name such as THU.
const HASHED = /(?<![A-Z])H(?![A-Z])/;

/** The system's time zone. Where `TZ` is empty, as compose files set it, or names none, the system counts in UTC too. */
export function systemTimeZone(): string {
  // Whatever its type says, it is undefined where TZ names a zone that there is not.
  const name: string | undefined = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return name === undefined || name === 'Etc/Unknown' || !isTimeZone(name) ? 'UTC' : name;
}

function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

function isCronPattern(text: string): boolean {
  // The parser fills up what is missing on the left, so that "0 3 * *" would be every minute of the hour after midnight.
  if (!/^(?:@\S+|\S+(?:\s+\S+){4,5})$/.test(text)) return false;
  try {
    // The very parser that BullMQ schedules with.
    CronExpressionParser.parse(text);
    return true;
  } catch {
    return false;
  }
}

/* The setting that says at which address the server listens. */

// A name whose last part is a number is a mistyped IPv4 address (URL Standard, 3.5).
const NAME = /^(?!(?:.*\.)?\d+$)[\w-]+(?:\.[\w-]+)*$/;

/** An IP address, without the brackets that an IPv6 address has in a URL, or the name of a host. */
export const listenAddress = z
  .string()
  .transform((text) => text.replace(/^\[(.*)\]$/, '$1'))
  .refine((text) => isIP(text) !== 0 || NAME.test(text), {
    error: 'must be an IP address or the name of a host',
  });

/** Whether only programs of this machine can reach it. */
export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || (isIPv4(address) && address.startsWith('127.'));
}

/* Paths that begin with `~`. */

/** A path with `~` at its start replaced by the home folder of the user that runs this process. */
export function expandHome(path: string): string {
  if (path === '~') return homedir();
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : path;
}
