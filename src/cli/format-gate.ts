/** Shows the answer of `doi gate` as text. */
import type { GateAnswer } from '../client/gate-answer.js';
import { formatCriteria } from './format-criteria.js';
import { formatReason } from './format-reason.js';
import { type Paint, showText } from './terminal.js';

/** One line that says the outcome, and below it what is missing or not known, with what to do. */
export function formatGate(answer: GateAnswer, paint: Paint): string {
  const { outcome, accepted, failure, missing, reasons } = answer;
  const colour = outcome === 'met' ? 'green' : outcome === 'not_met' ? 'red' : 'yellow';
  const lines = [
    `${paint('bold', showText(answer.repo_slug))}: ${paint(colour, describeOutcome(answer))}`,
    ...accepted.map((text) => `  accepted by --max-age: ${showText(text)}`),
    ...(failure === null
      ? []
      : formatReason({ text: `the last attempt failed: ${failure.message}`, remedy: failure.remedy }, paint)),
    ...formatCriteria(missing, paint),
    ...reasons.flatMap((reason) => formatReason(reason, paint)),
    ...(answer.unknown_allowed ? ['Not known, which --allow-unknown accepts.'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function describeOutcome(answer: GateAnswer): string {
  const { outcome, required } = answer;
  if (outcome === 'met') return `${required} is reached, as required (${describeVerdict(answer)}).`;
  if (outcome === 'not_met') return `below ${required}, which is required (${describeVerdict(answer)}).`;
  return `whether ${required} is reached is not known.`;
}

/** A stale verdict may be of another commit than that of the checkout. */
function describeVerdict({ checked_at: at, stale, head, checkout_head: now }: GateAnswer): string {
  const judged = `judged ${showText(at ?? 'never')}`;
  const short = (commit: string) => showText(commit).slice(0, 12);
  if (stale === false) return `${judged}${head === null ? '' : ` at ${short(head)}`}, fresh`;
  return `${judged}, stale${now === null ? '' : `; the checkout is now at ${short(now)}`}`;
}
