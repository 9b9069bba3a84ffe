/** Counts the faults of a check, for a list of findings that is cut: such lists are compared by their numbers. Pure. */
import { isFault } from '../domain/counted-findings.js';
import type { Finding } from '../domain/input.js';
import { readLeftOut } from '../domain/left-out.js';

export interface FaultCounts {
  readonly FAIL: number;
  readonly WARN: number;
}

/** Those that are listed and those that are not. `isCut`: a FAIL or a WARN is not listed. */
export function countFaults(findings: readonly Finding[]): { counts: FaultCounts; isCut: boolean } {
  const counts = { FAIL: 0, WARN: 0 };
  let isCut = false;
  for (const finding of findings) {
    const left = readLeftOut(finding);
    if (!isFault(finding)) continue;
    if (left === undefined) {
      if (finding.severity !== 'INFO') counts[finding.severity] += 1;
      continue;
    }
    counts.FAIL += left.FAIL;
    counts.WARN += left.WARN;
    isCut ||= left.FAIL + left.WARN > 0;
  }
  return { counts, isCut };
}
