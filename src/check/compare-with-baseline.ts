/** Compares a check with a baseline: what got worse, what got better, and what cannot be said. Pure. */
import type { CriterionId, Status } from '../domain/verdict.js';
import { type Baseline, faultsOf, isWorse, type Judged, wereFound } from './baseline.js';
import type { FingerprintedFinding } from './fingerprint-findings.js';

/** A criterion whose status is another one than in the baseline. */
export interface StatusChange {
  readonly id: CriterionId;
  readonly label: string;
  readonly was: Status;
  readonly now: Status;
  readonly detail: string;
  readonly remedy: string | null;
}

/** How a check stands to a baseline, as `--json` prints it. */
export interface BaselineAnswer {
  /** The file, as it was given. */
  readonly file: string;
  /**
   * `unknown`: nothing is worse, but a criterion that counts in the baseline was not judged. `refused`: the baseline was not
   * written, since a criterion was not judged.
   */
  readonly outcome: 'worse' | 'unknown' | 'met' | 'written' | 'refused';
  readonly worse: readonly StatusChange[];
  readonly better: readonly StatusChange[];
  /** Findings of FAIL and WARN that are not in the baseline: worse, whatever the criteria say. */
  readonly new_findings: readonly FingerprintedFinding[];
  /** How many findings of the baseline are gone. */
  readonly fixed_findings: number;
  /** Criteria that were not judged now, though they count in the baseline or belong into the one to write. */
  readonly not_judged: readonly CriterionId[];
  /** Criteria that were judged now and are not in the baseline. */
  readonly not_in_baseline: readonly CriterionId[];
  readonly allow_unknown: boolean;
  /** Whether the file was written: the baseline itself, or what is better. */
  readonly written: boolean;
}

export type Comparison = Omit<BaselineAnswer, 'file' | 'allow_unknown' | 'written'>;

/** Compares an answer with a baseline. */
export function compareWithBaseline(answer: Judged, baseline: Baseline): Comparison {
  const judged = answer.criteria.filter(({ id }) => !answer.not_judged.includes(id));
  const changes = judged.flatMap(({ id, label, status: now, detail, remedy }): StatusChange[] => {
    const was = baseline.criteria[id];
    return was === undefined ? [] : [{ id, label, was, now, detail, remedy }];
  });
  const worse = changes.filter(({ was, now }) => isWorse(now, was));
  const faults = faultsOf(answer);
  const found = new Set(faults.map(({ fingerprint }) => fingerprint));
  const newFindings = faults.filter(({ fingerprint }) => !baseline.findings.has(fingerprint));
  const gone = [...baseline.findings].filter((fingerprint) => !found.has(fingerprint));
  const notJudged = answer.not_judged.filter((id) => isWorse('fail', baseline.criteria[id] ?? 'fail'));
  const isMet = worse.length === 0 && newFindings.length === 0;
  return {
    outcome: !isMet ? 'worse' : notJudged.length > 0 ? 'unknown' : 'met',
    worse,
    better: changes.filter(({ was, now }) => isWorse(was, now)),
    new_findings: newFindings,
    fixed_findings: wereFound(answer) ? gone.length : 0,
    not_judged: notJudged,
    not_in_baseline: judged.filter(({ id }) => baseline.criteria[id] === undefined).map(({ id }) => id),
  };
}
