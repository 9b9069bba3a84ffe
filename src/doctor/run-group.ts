/** Runs the checks of one group within a limit of time; whatever breaks becomes a line that says so. */
import { cleanText } from '../domain/clean-text.js';
import { DoiError } from '../domain/errors.js';
import { hideSecrets } from '../domain/hide-secrets.js';
import { settlesWithin } from '../platform/settles-within.js';
import { databaseError } from '../platform/sql.js';
import { type Check, problem, type Report } from './check.js';

export interface Group {
  readonly name: string;
  /** For all of its checks together, in milliseconds. */
  readonly limitMs: number;
  readonly run: (report: Report) => Promise<void>;
}

/** A group that was run. */
export interface Examined {
  readonly name: string;
  readonly checks: readonly Check[];
}

/** What a checker prints is the longest; its error holds the head and the tail of both streams. */
const LONGEST = 2000;

/** Runs a group. It never throws and never takes much longer than its limit; what was known by then is kept. */
export async function runGroup({ name, limitMs, run }: Group): Promise<Examined> {
  const checks: Check[] = [];
  let isOver = false;
  const report = (check: Check) => {
    if (!isOver) checks.push(clean(check));
  };
  try {
    if (!(await settlesWithin(run(report), limitMs))) report(timedOut(limitMs));
  } catch (error) {
    report(brokenCheck('check', error));
  }
  isOver = true;
  return { name, checks };
}

/** Runs one check of a group; where it breaks, that is its line, and the group goes on. */
export async function attempt(
  report: Report,
  name: string,
  look: () => Promise<Check> | Check,
): Promise<void> {
  try {
    report(await look());
  } catch (error) {
    report(brokenCheck(name, error));
  }
}

/** An error as a line: what was found and what to do, where the error says it. */
export function brokenCheck(name: string, thrown: unknown): Check {
  const error = databaseError(thrown);
  if (error instanceof DoiError) return problem(name, serversWords(error) ?? error.message, error.remedy);
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return problem(name, message, 'This is unexpected: please report it, with this line.');
}

/** A server that is there says why: its own words are worth more than a code. */
function serversWords({ code, cause }: DoiError): string | undefined {
  if (code !== 'database_unavailable' || !(cause instanceof Error) || cause.name !== 'PostgresError')
    return undefined;
  return `PostgreSQL says: ${cause.message} (${(cause as { code?: string }).code}).`;
}

function timedOut(limitMs: number): Check {
  const found = `Not everything was answered within ${limitMs / 1000} s; what is above was.`;
  return problem('time', found, 'See what hangs, from the first line on that is missing here.');
}

/** Everything that is shown passes here: no control character of a server or a checker, and no password. */
function clean({ name, state, found, remedy }: Check): Check {
  return {
    ...{ name, state, found: cleanText(hideSecrets(found), LONGEST) },
    // A remedy is our own text, and its examples have a user.
    remedy: remedy === null ? null : cleanText(remedy, LONGEST),
  };
}
