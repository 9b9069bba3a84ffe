/** Says in a list of findings that some of them are not listed, so that what compares lists knows that this one is cut. */
import type { Finding, Severity } from './input.js';

/** The message of a finding that stands for itself, but whose text is not listed. */
export const TEXT_LEFT_OUT = 'Its text is left out: there are too many of its kind.';

const FORM = /^\d+ more findings are not listed: ((?:\d+ (?:FAIL|WARN|INFO)(?:, )?)+)$/;

/** The message of the last finding of a list, which stands for those that are not listed. */
export function sayLeftOut(counts: readonly (readonly [Severity, number])[]): string {
  const all = counts.reduce((sum, [, number]) => sum + number, 0);
  const named = counts.map(([severity, number]) => `${number} ${severity}`);
  return `${all} more findings are not listed: ${named.join(', ')}`;
}

/** How many findings of each severity one stands for that is not listed; undefined for one that is listed. */
export function readLeftOut({
  file,
  message,
  severity,
}: Finding): Readonly<Record<Severity, number>> | undefined {
  const none = { FAIL: 0, WARN: 0, INFO: 0 };
  if (message === TEXT_LEFT_OUT) return { ...none, [severity]: 1 };
  const [, counts] = file === undefined ? (FORM.exec(message) ?? []) : [];
  if (counts === undefined) return undefined;
  const pairs = counts.split(', ').map((part) => part.split(' '));
  return { ...none, ...Object.fromEntries(pairs.map(([number, name]) => [name, Number(number)])) };
}
