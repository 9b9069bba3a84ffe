/** Says how a check stands to its baseline, in the words that every format shows. Pure. */
import { count } from '../domain/text.js';
import { BY_CHECKER, type CriterionId } from '../domain/verdict.js';
import type { CheckAnswer } from './check-answer.js';
import type { BaselineAnswer } from './compare-with-baseline.js';
import { nameNotJudged } from './registry-options.js';

/** In one line without text of a repository; null where there is no baseline. */
export function describeStanding({ baseline }: CheckAnswer): string | null {
  if (baseline === undefined) return null;
  const said = describeOutcome(baseline);
  if (baseline.outcome !== 'worse') return said;
  const { worse, new_findings: added, counts } = baseline;
  const parts = [
    ...worse.map(({ id, was, now }) => `${id} was ${was.replace('_', ' ')}, now ${now}`),
    ...(added.length === 0 ? [] : [count(added.length, 'new finding')]),
    ...(counts === null
      ? []
      : [`too many findings to list, now ${counts.now.FAIL} FAIL, ${counts.now.WARN} WARN`]),
  ];
  return `${said} ${parts.join('; ')}.`;
}

interface Shown {
  /** The file of the baseline, fit to show. */
  readonly file?: string;
  /** Why the workplans could not be checked, fit to show. */
  readonly reason?: string;
}

/** The outcome as a sentence; for what is worse, its beginning. */
export function describeOutcome(
  { outcome, not_judged: ids, allow_unknown: allowed }: BaselineAnswer,
  { file, reason }: Shown = {},
): string {
  const baseline = file === undefined ? 'baseline' : `baseline ${file}`;
  switch (outcome) {
    case 'worse':
      return `Worse than the ${baseline}:`;
    case 'met':
      return `Nothing is worse than the ${baseline}.`;
    case 'unknown':
      return `Nothing that was judged is worse than the ${baseline}, but ${explain(ids, reason, allowed ? ', which --allow-unknown accepts' : ': give the options')}.`;
    case 'written':
      return `The ${baseline} is written${ids.length === 0 ? '' : `, without ${nameNotJudged(ids)}: not judged`}.`;
    case 'refused':
      return `The ${baseline} is not written, since ${explain(ids, reason, ': give the options, or --allow-unknown to leave them out')}.`;
  }
}

/** No option gives what the checker judges: there the workplans could not be checked. */
function explain(ids: readonly CriterionId[], reason: string | undefined, advice: string): string {
  const byChecker = ids.filter((id) => BY_CHECKER.includes(id));
  if (byChecker.length === 0) return `${nameNotJudged(ids)} not judged${advice}`;
  const others = ids.filter((id) => !BY_CHECKER.includes(id));
  const beside = others.length === 0 ? '' : ` (nor ${nameNotJudged(others)})`;
  const why = reason === undefined ? '' : `: ${reason.replace(/\.$/, '')}`;
  return `${byChecker.join(' and ')} could not be judged${beside}${why}`;
}
