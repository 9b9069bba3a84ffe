/** What one look at an installation found: the value, whether that is well, and what to do about it where it is not. */

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
