/** Compares a check with a baseline: what got worse, what got better, and what cannot be said. Pure. */
import { BY_CHECKER, type CriterionId, type Status } from '../domain/verdict.js';
import { type Baseline, faultsOf, hadValidFile, isWorse, type Judged, wereFound } from './baseline.js';
import { countFaults, type FaultCounts } from './count-faults.js';
import type { FingerprintedFinding } from './fingerprint-findings.js';

/** A criterion whose status is another one than in the baseline. */
export interface StatusChange {
  readonly id: CriterionId;
  readonly label: string;
  /** `not_judged` only where the criterion could not have failed then. */
  readonly was: Status | 'not_judged';
  readonly now: Status;
  readonly detail: string;
  readonly remedy: string | null;
}

export type NewFinding = FingerprintedFinding & { readonly was?: 'WARN' };

/** How a check stands to a baseline, as `--json` prints it. */
export interface BaselineAnswer {
  /** The file, as it was given. */
  readonly file: string;
  /**
   * `unknown`: nothing is worse, but a criterion that counts in the baseline was not judged, or the workplans could not be
   * checked. `refused`: the baseline was not
   * written, since a criterion was not judged, or the workplans could not be checked.
   */
  readonly outcome: 'worse' | 'unknown' | 'met' | 'written' | 'refused';
  readonly worse: readonly StatusChange[];
  readonly better: readonly StatusChange[];
  /** Findings that are not in the baseline, or were only a WARN there: worse, whatever the criteria say. */
  readonly new_findings: readonly NewFinding[];
  /**
   * How many findings there were and are, where the list of then or of now is cut: numbers are compared then, and a ratchet
   * leaves the findings as they are. `was` is null where the list of then is whole. Null where the lists are compared.
   */
  readonly counts: { readonly was: FaultCounts | null; readonly now: FaultCounts } | null;
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
    const was = hadValidFile(baseline, id, answer) ? 'not_judged' : baseline.criteria[id];
    return was === undefined ? [] : [{ id, label, was, now, detail, remedy }];
  });
  const worse = changes.filter(({ was, now }) => was === 'not_judged' || isWorse(now, was));
  const findings = compareFindings(answer, baseline);
  const notJudged = [
    ...answer.not_judged.filter((id) => isWorse('fail', baseline.criteria[id] ?? 'fail')),
    // A status that is lower is worse, but one that failed already may be met or not.
    ...(wereFound(answer) ? [] : BY_CHECKER.filter((id) => !worse.some((change) => change.id === id))),
  ];
  const isMet =
    worse.length === 0 && findings.new_findings.length === 0 && !areMore(findings.counts, baseline);
  return {
    outcome: !isMet ? 'worse' : notJudged.length > 0 ? 'unknown' : 'met',
    worse,
    better: changes.filter(({ was, now }) => was !== 'not_judged' && isWorse(was, now)),
    ...findings,
    not_judged: notJudged,
    not_in_baseline: judged
      .filter(({ id }) => baseline.criteria[id] === undefined && !hadValidFile(baseline, id, answer))
      .map(({ id }) => id),
  };
}

function compareFindings(
  answer: Judged,
  baseline: Baseline,
): Pick<Comparison, 'new_findings' | 'fixed_findings' | 'counts'> {
  if (!wereFound(answer)) return { new_findings: [], fixed_findings: 0, counts: null };
  const now = countFaults(answer.findings);
  const isCounted = now.isCut || baseline.counts !== undefined;
  const counts = isCounted ? { was: baseline.counts ?? null, now: now.counts } : null;
  if (baseline.counts !== undefined) return { new_findings: [], fixed_findings: 0, counts };
  const faults = faultsOf(answer);
  const found = new Set(faults.map(({ fingerprint }) => fingerprint));
  const gone = [...baseline.findings.keys()].filter((fingerprint) => !found.has(fingerprint));
  return {
    new_findings: faults.flatMap((finding): NewFinding[] => {
      const was = baseline.findings.get(finding.fingerprint);
      if (was === undefined) return [finding];
      return was === 'WARN' && finding.severity === 'FAIL' ? [{ ...finding, was }] : [];
    }),
    fixed_findings: isCounted ? 0 : gone.length,
    counts,
  };
}

/** Whether there are more findings than in the baseline, where the numbers are compared. */
function areMore(counts: Comparison['counts'], baseline: Baseline): boolean {
  if (counts === null) return false;
  const { was, now } = counts;
  if (was === null) {
    const fails = [...baseline.findings.values()].filter((severity) => severity === 'FAIL').length;
    return now.FAIL > fails || now.FAIL + now.WARN > baseline.findings.size;
  }
  return now.FAIL > was.FAIL || now.WARN > was.WARN;
}
