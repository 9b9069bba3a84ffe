/** Shows why a report is as it is: what made it stale, and what the last evaluation ran, kept, and why. */
import type { LastEvaluationAnswer, ReportAnswer } from '../api/report.js';
import type { ChangedInput } from '../domain/evaluation.js';
import { explainChange } from '../domain/explain-change.js';
import { BY_CHECKER } from '../domain/verdict.js';
import { describeHostProblem } from './format-hosts.js';
import {
  describeCheckout,
  describeCollapsed,
  describeFailure,
  describeFreshness,
  describeRefresh,
  reasonsToShow,
} from './format-report.js';
import { type Paint, showText, type View } from './terminal.js';

/** The stale reasons, the checkout, what is under way, and the last evaluation. */
export function formatWhy(report: ReportAnswer, { paint, now }: View): string {
  const lines = [
    `${paint('bold', showText(report.repo_slug))}  tier: ${report.tier}, ${describeFreshness(report, paint)}`,
    ...reasonsToShow(report).map(({ code, text }) => `  ${showText(text)} ${paint('gray', `(${code})`)}`),
    ...(report.checkout === null ? [] : describeCheckout(report.checkout, now)),
    ...(report.refresh === null ? [] : describeRefresh(report.refresh, now)),
    ...(report.failure === null ? [] : describeFailure(report.failure, paint)),
    ...(report.host_trouble === null ? [] : describeHostProblem(report.host_trouble, paint)),
    '',
    ...(report.evaluation === null
      ? ['What the last evaluation did is not known: there was none, or another program wrote the report.']
      : describeEvaluation(report.evaluation, report.checked_at, paint)),
  ];
  return `${lines.join('\n')}\n`;
}

function describeEvaluation(evaluation: LastEvaluationAnswer, at: string | null, paint: Paint): string[] {
  const { trigger, collapsed, updated, host, duration_ms: ms, durations_ms: durations } = evaluation;
  const { changed, ran, kept } = evaluation;
  return [
    `Last evaluated: ${showText(at ?? 'unknown')} on ${showText(host)}, in ${Math.round(ms)} ms`,
    `Because: ${showText(trigger)}`,
    ...describeNew(changed),
    ...changed.flatMap((change) => describeChange(change, paint)),
    ...describeCollapsed(collapsed),
    ...(updated ? ['The checkout was brought up to date with a push first.'] : []),
    `Ran: ${ran.length === 0 ? 'none' : ran.map((id) => describeRun(id, durations[id])).join(', ')}`,
    ...(BY_CHECKER.every((id) => ran.includes(id))
      ? [`  (${BY_CHECKER.join(' and ')} share one run of the checker.)`]
      : []),
    `Kept, since nothing they read had changed: ${listIds(kept)}`,
    ...describeKept(evaluation),
  ];
}

/** When the kept verdicts were judged: a line for each time, the latest first. */
function describeKept({ kept, judged_at: judgedAt }: LastEvaluationAnswer): string[] {
  const byTime = new Map<string, string[]>();
  for (const id of kept) {
    const at = judgedAt[id];
    if (at !== undefined) byTime.set(at, [...(byTime.get(at) ?? []), id]);
  }
  const times = [...byTime].sort(([one], [other]) => (one < other ? 1 : -1));
  return times.map(([at, ids]) => `  judged at ${showText(at)}: ${listIds(ids)}`);
}

/** The inputs that this release reads and the earlier one did not, in one sentence. */
function describeNew(changed: readonly ChangedInput[]): string[] {
  const inputs = changed.flatMap(({ input, was }) => (was === null ? [showText(input)] : []));
  return inputs.length === 0 ? [] : [`  Not read before: ${inputs.join(', ')}.`];
}

/** A change in a sentence, and by its two versions, which say more. */
function describeChange({ input, was, now }: ChangedInput, paint: Paint): string[] {
  if (was === null) return [];
  return [
    `  ${showText(explainChange(input, was, now))}`,
    paint('gray', `    was ${showText(was)}`),
    paint('gray', `    now ${showText(now)}`),
  ];
}

/** A criterion that ran; evaluations by earlier releases did not record how long it took. */
function describeRun(id: string, ms: number | undefined): string {
  return ms === undefined ? showText(id) : `${showText(id)} ${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}

function listIds(ids: readonly string[]): string {
  return ids.length === 0 ? 'none' : ids.map((id) => showText(id)).join(', ');
}
