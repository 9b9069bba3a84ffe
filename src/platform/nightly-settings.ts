/** The settings of when the nightly sweep begins. */
import { CronExpressionParser } from 'cron-parser';
import { z } from 'zod';

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
