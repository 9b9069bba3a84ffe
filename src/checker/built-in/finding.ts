/** Findings: made clean, put in order, kept to a number that can be printed, and turned into an exit code. */
import { oneLine } from '../../criteria/parse/text.js';
import type { Finding, Severity } from '../../domain/input.js';

/** The most findings that are listed; 1,000 of the longest stay below the 8 MiB that a checker may print. */
export const MAX_FINDINGS = 1_000;

/** Where in a workplan something was found. */
export interface Place {
  readonly path: string;
  readonly line?: number;
}

/** Makes a finding; what it quotes is cleaned and bounded. */
export function found(check: string, severity: Severity, message: string, place?: Place): Finding {
  const finding = { check, severity, message: oneLine(message) };
  if (place === undefined) return finding;
  const file = oneLine(place.path);
  return place.line === undefined ? { ...finding, file } : { ...finding, file, line: place.line };
}

/** The same findings for the same files: by file, line, check and message. */
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

/** Keeps at most {@link MAX_FINDINGS}, the severest first, and says how many were left out. */
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
