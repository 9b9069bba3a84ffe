/** Shows the answer of `doi gate` as text. */
import type { GateAnswer } from '../client/gate-answer.js';
import { formatCriteria } from './format-criteria.js';
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
      : [
          `  the last attempt failed: ${showText(failure.message, 1000)}`,
          `    ${paint('gray', `→ ${showText(failure.remedy, 1000)}`)}`,
        ]),
    ...formatCriteria(missing, paint),
    ...reasons.flatMap(({ text, remedy }) => [
      `  ${showText(text, 1000)}`,
      `    ${paint('gray', `→ ${showText(remedy, 1000)}`)}`,
    ]),
    ...(answer.unknown_allowed ? ['Not known, which --allow-unknown accepts.'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function describeOutcome({ outcome, required, checked_at: at, stale, head }: GateAnswer): string {
  const of = head === null ? '' : ` at ${showText(head).slice(0, 12)}`;
  const judged = `judged ${showText(at ?? 'never')}${of}, ${stale ? 'stale' : 'fresh'}`;
  if (outcome === 'met') return `${required} is reached, as required (${judged}).`;
  if (outcome === 'not_met') return `below ${required}, which is required (${judged}).`;
  return `whether ${required} is reached is not known.`;
}
