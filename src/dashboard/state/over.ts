/** Which problems of hosts were shown and are over, to be told for a while: that a line is gone tells nobody. */
import type { HostAnswer } from '../../api/hosts.js';

export interface Over {
  readonly host: string;
  /** What was shown of it. */
  readonly what: string;
  /** When the page came to know, in milliseconds since the epoch. */
  readonly at: number;
}

/** For how long it is told that a problem is over. */
const TOLD_MS = 15 * 60_000;

/** What is wrong with a host, in a few words; undefined where nothing is. */
export function problemOf({ silent, trouble }: HostAnswer): string | undefined {
  return silent ? 'Its worker did not report.' : trouble?.message;
}

/** What is to be told as over after an answer: what ended with it, and what ended before and has not begun again. */
export function noteOver(
  told: readonly Over[],
  { before, now, at }: { before: readonly HostAnswer[] | undefined; now: readonly HostAnswer[]; at: number },
): readonly Over[] {
  const problems = new Map(now.map((host) => [host.host, problemOf(host)]));
  const ended = (before ?? []).flatMap((host) => {
    const what = problemOf(host);
    return what === undefined ? [] : [{ host: host.host, what, at }];
  });
  const latest = new Map([...told, ...ended].map((over) => [over.host, over]));
  return [...latest.values()].filter(
    ({ host, at: since }) => problems.has(host) && problems.get(host) === undefined && at - since < TOLD_MS,
  );
}
