/** What one look at an installation found: the value, whether that is well, and what to do about it where it is not. */

import { DoiError } from '../domain/errors.js';
import { safeText } from '../domain/hide-secrets.js';
import { compareVersions } from '../domain/release.js';
import { cleanText } from '../domain/text.js';
import { databaseError } from '../platform/postgres/sql.js';
import { endsWithin } from '../platform/process/ends-within.js';
import { redisSocket } from '../platform/settings/socket-url.js';

/** `ok`: well. `warning`: it works, less well or less safely than it could. `problem`: something does not work. */
export type CheckState = 'ok' | 'warning' | 'problem';

export interface Check {
  /** What was looked at; stays the same over releases, for programs. */
  readonly name: string;
  readonly state: CheckState;
  /** What was found, with its values. */
  readonly found: string;
  /** What to do; null exactly where it is `ok`. */
  readonly remedy: string | null;
}

/** Takes a check as soon as it is known, so that what comes before a server hangs is shown all the same. */
export type Report = (check: Check) => void;

export function ok(name: string, found: string): Check {
  return { name, state: 'ok', found, remedy: null };
}

export function warning(name: string, found: string, remedy: string): Check {
  return { name, state: 'warning', found, remedy };
}

export function problem(name: string, found: string, remedy: string): Check {
  return { name, state: 'problem', found, remedy };
}

/* Runs the checks of one group within a limit of time; whatever breaks becomes a line that says so. */

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
    if (!(await endsWithin(run(report), limitMs))) report(timedOut(limitMs));
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
    ...{ name, state, found: safeText(found, LONGEST) },
    // A remedy is our own text, and its examples have a user.
    remedy: remedy === null ? null : cleanText(remedy, LONGEST),
  };
}

/* How the checks word what they found: addresses without credentials, short lists, counts, releases compared. */

/** Where Redis is, of its URL: never the user, the password, or a parameter. */
export function showRedis(url: string): string {
  const { host, pathname } = new URL(url);
  return `${redisSocket(url) ?? (host || 'a local socket')}${pathname === '/' ? '' : pathname}`;
}

const SHOWN = 3;

/** The first few, and how many more there are. */
export function fewOf(items: readonly string[], shown = SHOWN): string {
  const more = items.length - shown;
  return `${items.slice(0, shown).join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
}

/** A number with its noun, such as `1 repository` and `2 repositories`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

/** Whether a release such as `20.19.4` is another one or newer; what is no number counts as 0. */
export function isAtLeast(release: string, wanted: string): boolean {
  return compareVersions(release, wanted) >= 0;
}

/* What `doi doctor --json` prints: every check in one list, and how many there are of each state. */

export type StateCounts = Readonly<Record<CheckState, number>>;

export interface DoctorAnswer {
  /** The worst of all checks. */
  readonly state: CheckState;
  readonly counts: StateCounts;
  readonly checks: readonly (Check & { readonly group: string })[];
}

export function toDoctorAnswer(groups: readonly Examined[]): DoctorAnswer {
  const counts = countStates(groups);
  const state = counts.problem > 0 ? 'problem' : counts.warning > 0 ? 'warning' : 'ok';
  const checks = groups.flatMap(({ name, checks: own }) => own.map((check) => ({ group: name, ...check })));
  return { state, counts, checks };
}

export function countStates(groups: readonly Examined[]): StateCounts {
  const all = groups.flatMap(({ checks }) => checks);
  const count = (state: CheckState) => all.filter((check) => check.state === state).length;
  return { ok: count('ok'), warning: count('warning'), problem: count('problem') };
}
