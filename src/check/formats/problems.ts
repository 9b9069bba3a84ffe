/** Lists what a check found as one kind of value, whether it is a verdict or a finding: what SARIF and annotations show. */
import type { Severity } from '../../domain/input.js';
import type { Verdict } from '../../domain/verdict.js';
import { acceptedBy } from '../accepted.js';
import type { CheckAnswer } from '../check-answer.js';
import type { FingerprintedFinding } from '../fingerprint-findings.js';
import { type Location, WORKPLANS_FILE } from '../locate-criteria.js';

export type Level = 'error' | 'warning' | 'note';

/** A verdict that is no pass, or a finding of the checker. */
export interface Problem {
  /** The id of a criterion, or `checker/` with the name of a check. */
  readonly rule: string;
  readonly title: string;
  readonly level: Level;
  readonly message: string;
  readonly remedy: string | null;
  /** Null where it is about no file of the checkout. */
  readonly location: Location | null;
  /** Stays the same from check to check. */
  readonly fingerprint: string;
  /** Whether the baseline has it; null where there is none to compare with. */
  readonly accepted: boolean | null;
}

const LEVELS: Readonly<Record<Severity, Level>> = { FAIL: 'error', WARN: 'warning', INFO: 'note' };

/** The warnings and failures of criteria, then the findings. A criterion that was not judged is no problem. */
export function listProblems(answer: CheckAnswer): Problem[] {
  const { criteria, locations, findings } = answer;
  const accepted = acceptedBy(answer);
  return [
    ...criteria.flatMap((verdict) =>
      ofVerdict(verdict, locations[verdict.id], accepted?.criterion(verdict.id) ?? null),
    ),
    ...findings.map((finding) => ofFinding(finding, accepted?.finding(finding) ?? null)),
  ];
}

/** The rule of a finding; its prefix keeps a check from taking the name of a criterion. */
export function ruleOfCheck(check: string): string {
  return `checker/${check}`;
}

function ofVerdict(verdict: Verdict, location: Location | null, accepted: boolean | null): Problem[] {
  const { id, label, status, detail, remedy } = verdict;
  if (status !== 'fail' && status !== 'warn') return [];
  const level = status === 'fail' ? 'error' : 'warning';
  const title = `${id} ${label}`;
  return [
    {
      ...{ rule: id, title, level, message: detail, remedy },
      ...{ location: placeInside(location), fingerprint: id, accepted },
    },
  ];
}

function ofFinding(finding: FingerprintedFinding, accepted: boolean | null): Problem {
  const { check, severity, file, line, message, fingerprint } = finding;
  const location = placeInside(placeOf({ check, file, line: line ?? null }));
  return {
    rule: ruleOfCheck(check),
    title: `${check} of the checker`,
    level: LEVELS[severity],
    // A file that is not shown as the place is named in the sentence.
    message: file !== undefined && location === null ? `${file}: ${message}` : message,
    remedy: null,
    location,
    fingerprint,
    accepted,
  };
}

/** The file of a finding; for the missing folder of workplans, the file that makes it. */
function placeOf(found: { check: string; file: string | undefined; line: number | null }): Location | null {
  const { check, file, line } = found;
  if (file !== undefined) return { file, line };
  return check === 'C-01' ? { file: WORKPLANS_FILE, line: null } : null;
}

/** Null for a file that a checker names and that does not lie inside the checkout: no viewer is to open it. */
function placeInside(location: Location | null): Location | null {
  if (location === null) return null;
  const parts = location.file.split(/[/\\]/);
  return parts.some((part) => part === '' || part === '.' || part === '..') ? null : location;
}
