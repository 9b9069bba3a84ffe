/** How polling goes: when to ask again, and what to say of what is on the screen. Pure: times are handed in. */

/** How an ask ended. */
export type Outcome =
  | { readonly kind: 'answered' }
  /** The server answered that it cannot now. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'unauthorized' }
  /** Nothing answered. */
  | { readonly kind: 'unreachable' };

export interface Connection {
  readonly state: 'starting' | 'live' | 'stale' | 'offline' | 'unauthorized';
  /** When what is on the screen was last confirmed, in milliseconds since the epoch; undefined before the first answer. */
  readonly confirmedAt: number | undefined;
  readonly failures: number;
  readonly why: string;
}

export const START: Connection = { state: 'starting', confirmedAt: undefined, failures: 0, why: '' };

const PERIOD_MS = 15_000;
const LONGEST_MS = 120_000;

/** What holds after an ask. */
export function afterAsk(before: Connection, outcome: Outcome, now: number): Connection {
  if (outcome.kind === 'answered') return { state: 'live', confirmedAt: now, failures: 0, why: '' };
  const { confirmedAt } = before;
  const failures = before.failures + 1;
  if (outcome.kind === 'unauthorized') return { state: 'unauthorized', confirmedAt, failures, why: '' };
  if (outcome.kind === 'refused') return { state: 'stale', confirmedAt, failures, why: outcome.why };
  return { state: 'offline', confirmedAt, failures, why: '' };
}

/** When to ask again, in milliseconds: every 15 s, and later and later while it fails. Without a token, never by itself. */
export function pauseOf({ state, failures }: Connection): number | undefined {
  if (state === 'unauthorized') return undefined;
  return failures === 0 ? PERIOD_MS : Math.min(LONGEST_MS, 2000 * 2 ** (failures - 1));
}
