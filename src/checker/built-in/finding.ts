/** Makes findings with clean texts, sorts them, limits them to a number that can be printed, and gives their exit code. */
import { oneLine } from '../../criteria/parse/text.js';
import type { Finding, Severity } from '../../domain/input.js';
import { sayLeftOut } from '../../domain/left-out.js';

/** How many findings are listed; 1,000 of the longest stay below the 8 MiB that a checker may print. */
export const MAX_FINDINGS = 1_000;

/** The file, and the line where one is known, of a finding. */
export interface Place {
  readonly path: string;
  readonly line?: number;
}

type MakeFinding = (check: string, message: string, place?: Place) => Finding;

export const fail: MakeFinding = (...of) => makeFinding('FAIL', of);
export const warn: MakeFinding = (...of) => makeFinding('WARN', of);
export const info: MakeFinding = (...of) => makeFinding('INFO', of);

/** Its texts, which may quote the repository, are made clean and bounded. */
function makeFinding(severity: Severity, [check, message, place]: Parameters<MakeFinding>): Finding {
  const finding = { check, severity, message: oneLine(message) };
  if (place === undefined) return finding;
  const file = oneLine(place.path);
  return place.line === undefined ? { ...finding, file } : { ...finding, file, line: place.line };
}

/** Sorts by file, line, check and message, so that the same files always give the same list. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return findings.toSorted(
    (a, b) =>
      compare(a.file ?? '', b.file ?? '') ||
      (a.line ?? 0) - (b.line ?? 0) ||
      compare(a.check, b.check) ||
      compare(a.message, b.message),
  );
}

/** From the severest to the mildest. */
export const ORDER: readonly Severity[] = ['FAIL', 'WARN', 'INFO'];

/**
 * Keeps at most {@link MAX_FINDINGS}, the severest first; the last says how many more there are.
 * @param unmade how many further findings there are, of which more than are kept were made
 */
export function limitFindings(
  findings: readonly Finding[],
  unmade: Readonly<Partial<Record<Severity, number>>> = {},
): Finding[] {
  if (findings.length <= MAX_FINDINGS) return [...findings];
  const severest = ORDER.flatMap((severity) => findings.filter((finding) => finding.severity === severity));
  const left = severest.splice(MAX_FINDINGS - 1);
  const counts = ORDER.map((severity): [Severity, number] => {
    const made = left.filter((finding) => finding.severity === severity).length;
    return [severity, made + (unmade[severity] ?? 0)];
  }).filter(([, number]) => number > 0);
  const [[severity] = ['INFO'] as const] = counts;
  const check = left.find((finding) => finding.severity === severity)?.check ?? left[0]?.check ?? '';
  return [...severest, { check, severity, message: sayLeftOut(counts) }];
}

/** The exit code that goes with the findings: 1 with a FAIL, 2 with a WARN and no FAIL, else 0. */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 | 2 {
  const has = (severity: Severity) => findings.some((finding) => finding.severity === severity);
  return has('FAIL') ? 1 : has('WARN') ? 2 : 0;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
