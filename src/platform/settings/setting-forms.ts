/** The forms that settings have in common: each parses the text of an environment variable, or says what it must be. */

import { isIP, isIPv4 } from 'node:net';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { CronExpressionParser } from 'cron-parser';
import { z } from 'zod';
import { parseJson } from '../../domain/parse-json.js';
import { SECRET_LENGTH } from './webhook-secrets.js';

interface Limits {
  readonly min: number;
  readonly max: number;
}

/** Only digits: `Number` also accepts blanks, as 0, and hexadecimal. */
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

/** The token that clients send as `Authorization: Bearer TOKEN`; one that no client can send would never match. */
export const bearerToken = z.string().regex(new RegExp(`^[!-~]{${SECRET_LENGTH},}$`), {
  error: `must have at least ${SECRET_LENGTH} characters: letters, digits and signs of ASCII, with no white space between them`,
});

// The name goes into BullMQ's keys and into URLs: no character of it may need quoting.
export const plainName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, {
  error: 'must be letters, digits, ".", "_" or "-", at most 63, and begin with a letter or a digit',
});

/** A path; a relative one starts at the working folder. */
export const folderPath = z
  .string()
  .min(1, 'must be a path')
  .transform((path) => resolve(path));

export const schemaName = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/, {
  error:
    'must be a lower-case PostgreSQL name: a to z, digits and "_", at most 63, and not a digit at its beginning',
});

/** A program and its arguments, to be started without a shell. */
export const argumentVector = z.string().transform((text, context) => {
  const parsed = z.array(z.string().min(1)).min(1).safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  context.addIssue({
    code: 'custom',
    message: 'must be a JSON list of texts, such as ["python3","check.py","{path}"]',
  });
  return z.NEVER;
});

/** Paths below the root of a repository. */
export const pathList = z.string().transform((text, context) => {
  const isPlain = (path: string) =>
    /^[^\0/]+(?:\/[^\0/]+)*$/.test(path) && !/(?:^|\/)\.\.?(?:\/|$)/.test(path);
  const parsed = z.array(z.string().refine(isPlain)).safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  context.addIssue({
    code: 'custom',
    message: 'must be a JSON list of paths below the root of a repository, such as ["docs","SCOPE.md"]',
  });
  return z.NEVER;
});

export const timeZone = z
  .string()
  .refine(isTimeZone, { error: 'must be an IANA time zone such as Europe/Berlin' });

export const cronPattern = z
  .string()
  .refine(isCronPattern, {
    error: 'must be a cron pattern of five fields, such as "0 3 * * *", or of six, with seconds first',
  })
  // The parser draws a new time for "H" at each start, so that no two hosts would have the same.
  .refine((text) => !HASHED.test(text), {
    error: 'must be a cron pattern without "H", which stands for another time at each start',
  });
// An "H" that is not part of a name such as THU.
const HASHED = /(?<![A-Z])H(?![A-Z])/;

/** The system's time zone. Where `TZ` is empty, as compose files set it, or names no zone, the system too uses UTC. */
export function systemTimeZone(): string {
  // Despite its type it is undefined where TZ names a zone that does not exist.
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
  // The parser fills missing fields on the left, so that "0 3 * *" would be every minute of the hour after midnight.
  if (!/^(?:@\S+|\S+(?:\s+\S+){4,5})$/.test(text)) return false;
  try {
    // The parser that BullMQ itself schedules with.
    CronExpressionParser.parse(text);
    return true;
  } catch {
    return false;
  }
}

// A name whose last part is a number is a mistyped IPv4 address (URL Standard, 3.5).
const NAME = /^(?!(?:.*\.)?\d+$)[\w-]+(?:\.[\w-]+)*$/;

/** Where the server listens: an IP address, without the brackets that an IPv6 address has in a URL, or a host name. */
export const listenAddress = z
  .string()
  .transform((text) => text.replace(/^\[(.*)\]$/, '$1'))
  .refine((text) => isIP(text) !== 0 || NAME.test(text), {
    error: 'must be an IP address or the name of a host',
  });

/** Whether only programs on this machine can reach an address. */
export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || (isIPv4(address) && address.startsWith('127.'));
}

/** Replaces a `~` at the start of a path by the home folder of the user that runs this process. */
export function expandHome(path: string): string {
  if (path === '~') return homedir();
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : path;
}

const MISPLACED = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*[/?#].*@/is;

/**
 * Finds a URL whose user or password holds a character that ends the authority. It is never used or shown: a parser takes the beginning of the password for a port, and its rest for a path.
 * @returns the problem, without any part of the URL; undefined where there is none
 */
export function misplacedUserInfo(url: string): string | undefined {
  if (!MISPLACED.test(url)) return undefined;
  return 'has an "@" after a "/", "?" or "#": in a user or a password write these as %2F, %3F and %23, and elsewhere "@" as %40';
}
