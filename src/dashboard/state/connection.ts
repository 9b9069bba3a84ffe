/** How polling goes: when to poll next, and how current the data on the screen is. Pure: times are parameters. */

/** How a poll ended. */
export type PollResult =
  | { readonly kind: 'answered' }
  /** The service answered that it cannot now. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'unauthorized' }
  /** No answer came. */
  | { readonly kind: 'unreachable' };

export interface Connection {
  readonly state: 'starting' | 'live' | 'stale' | 'offline' | 'unauthorized';
  /** When the service last confirmed the data on the screen, in milliseconds since the epoch; undefined before its first answer. */
  readonly confirmedAt: number | undefined;
  readonly failures: number;
  readonly why: string;
}

export const START: Connection = { state: 'starting', confirmedAt: undefined, failures: 0, why: '' };

const PERIOD_MS = 15_000;
const LONGEST_MS = 120_000;

/** The connection after a poll. */
export function afterPoll(before: Connection, result: PollResult, now: number): Connection {
  if (result.kind === 'answered') return { state: 'live', confirmedAt: now, failures: 0, why: '' };
  const { confirmedAt } = before;
  const failures = before.failures + 1;
  if (result.kind === 'unauthorized') return { state: 'unauthorized', confirmedAt, failures, why: '' };
  if (result.kind === 'refused') return { state: 'stale', confirmedAt, failures, why: result.why };
  return { state: 'offline', confirmedAt, failures, why: '' };
}

/** The pause before the next poll, in milliseconds: 15 s, and longer after each failure. Undefined while a token is missing. */
export function pauseOf({ state, failures }: Connection): number | undefined {
  if (state === 'unauthorized') return undefined;
  return failures === 0 ? PERIOD_MS : Math.min(LONGEST_MS, 2000 * 2 ** (failures - 1));
}
