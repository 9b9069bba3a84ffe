/** Findings: cleaned, ordered, limited in number, and converted to an exit code. */
import { oneLine } from '../../criteria/parse/text.js';
import type { Finding, Severity } from '../../domain/input.js';

/** The most findings that are listed; 1,000 of the longest stay below the checker's output limit of 8 MiB. */
export const MAX_FINDINGS = 1_000;

/** The place of a finding in a workplan. */
export interface Place {
  readonly path: string;
  readonly line?: number;
}

/** Makes a finding; its quotes are cleaned and limited in length. */
export function found(check: string, severity: Severity, message: string, place?: Place): Finding {
  const finding = { check, severity, message: oneLine(message) };
  if (place === undefined) return finding;
  const file = oneLine(place.path);
  return place.line === undefined ? { ...finding, file } : { ...finding, file, line: place.line };
}

/** A fixed order: by file, line, check and message. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return findings.toSorted(
    (a, b) =>
      compare(a.file ?? '', b.file ?? '') ||
      (a.line ?? 0) - (b.line ?? 0) ||
      compare(a.check, b.check) ||
      compare(a.message, b.message),
  );
}

/** The severest first. */
export const ORDER: readonly Severity[] = ['FAIL', 'WARN', 'INFO'];

/** Keeps at most {@link MAX_FINDINGS}, the severest first, and says how many are omitted. */
export function limitFindings(findings: readonly Finding[]): Finding[] {
  if (findings.length <= MAX_FINDINGS) return [...findings];
  const severest = ORDER.flatMap((severity) => findings.filter((finding) => finding.severity === severity));
  const kept = severest.slice(0, MAX_FINDINGS - 1);
  const next = severest[MAX_FINDINGS - 1];
  if (next === undefined) return kept;
  const left = findings.length - kept.length;
  return [...kept, found(next.check, next.severity, `${left} more findings are not listed`)];
}

/** The contract's exit code: 1 with at least one FAIL, 2 with WARN but no FAIL, else 0. */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 | 2 {
  const has = (severity: Severity) => findings.some((finding) => finding.severity === severity);
  return has('FAIL') ? 1 : has('WARN') ? 2 : 0;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
