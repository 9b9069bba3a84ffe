/** The checks of `doi doctor`: their form, how a group of them runs, what `--json` prints, and helpers for its texts. */

import { DoiError } from '../domain/errors.js';
import { hideSecrets, safeText } from '../domain/hide-secrets.js';
import { cleanText } from '../domain/text.js';
import { databaseError } from '../platform/postgres/sql.js';
import { endsWithin } from '../platform/process/ends-within.js';
import { redisSocket } from '../platform/settings/socket-url.js';

/** `ok`: no fault. `warning`: it works, but less well or less safely than it could. `problem`: something does not work. */
export type CheckState = 'ok' | 'warning' | 'problem';

export interface Check {
  /** What is checked; stays the same over releases, for programs. */
  readonly name: string;
  readonly state: CheckState;
  /** What the check found, with its values. */
  readonly found: string;
  /** What to do; null exactly where it is `ok`. */
  readonly remedy: string | null;
}

/** Receives a check as soon as its result is known, so that results before a server hangs are shown too. */
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

export interface Group {
  readonly name: string;
  /** The time limit for all of its checks together, in milliseconds. */
  readonly limitMs: number;
  readonly run: (report: Report) => Promise<void>;
}

/** The results of a group. */
export interface Examined {
  readonly name: string;
  readonly checks: readonly Check[];
}

/** Long enough for a checker's error, which contains the head and the tail of both output streams. */
const LONGEST = 2000;

/** Runs a group. It never throws and never takes much longer than its limit; results up to then are kept. */
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

/** Runs one check of a group; an error becomes the result of that check, and the group continues. */
export async function runCheck(
  report: Report,
  name: string,
  check: () => Promise<Check> | Check,
): Promise<void> {
  try {
    report(await check());
  } catch (error) {
    report(brokenCheck(name, error));
  }
}

/** An error as a check: what was found and, if the error says it, what to do. */
export function brokenCheck(name: string, thrown: unknown): Check {
  const error = databaseError(thrown);
  if (error instanceof DoiError) return problem(name, serverMessage(error) ?? error.message, error.remedy);
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return problem(name, message, 'This is unexpected: please report it, with this line.');
}

/** What PostgreSQL itself says, where it answered with an error: that says more than a code. */
function serverMessage({ code, cause }: DoiError): string | undefined {
  if (code !== 'database_unavailable' || !(cause instanceof Error) || cause.name !== 'PostgresError')
    return undefined;
  return `PostgreSQL says: ${cause.message} (${(cause as { code?: string }).code}).`;
}

function timedOut(limitMs: number): Check {
  const found = `Only the checks above finished within ${limitMs / 1000} s.`;
  return problem('time', found, 'See what hangs: the first check that is missing above.');
}

/** The user of an ssh remote, without whom a command that is shown would fail, and that of the examples. */
const USER = /(?<=:\/\/)((?:(?<=\bssh:\/\/)[A-Za-z_][\w.-]{0,31}|user)@)/;

/** The parts at odd places are what {@link USER} found. */
function hideIn(part: string, at: number): string {
  return at % 2 === 1 ? part : hideSecrets(part);
}

/** All texts pass here: no control character of a server or a checker is shown, and no password. */
function clean({ name, state, found, remedy }: Check): Check {
  return {
    ...{ name, state, found: safeText(found, LONGEST) },
    remedy: remedy === null ? null : cleanText(remedy.split(USER).map(hideIn).join(''), LONGEST),
  };
}

/** Where Redis is, by its URL, without user, password and parameters. */
export function showRedis(url: string): string {
  const { host, pathname } = new URL(url);
  return `${redisSocket(url) ?? (host || 'a local socket')}${pathname === '/' ? '' : pathname}`;
}

const SHOWN = 3;

/** The first few items, and how many more there are. */
export function listFew(items: readonly string[], shown = SHOWN): string {
  const more = items.length - shown;
  return `${items.slice(0, shown).join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
}

export type StateCounts = Readonly<Record<CheckState, number>>;

/** What `doi doctor --json` prints. */
export interface DoctorAnswer {
  /** The worst state of all checks. */
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
