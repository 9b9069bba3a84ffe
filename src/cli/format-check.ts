/** Shows the answer of `doi check` as text. */
import { type CheckAnswer, missingOfJudged } from '../check/check-answer.js';
import { describeRequired } from '../check/describe-required.js';
import { quoteForShell } from '../domain/text.js';
import { formatComparisons } from './format-comparisons.js';
import { formatCriteria } from './format-criteria.js';
import { describeCommand, fillInPath } from './local-command.js';
import { type Paint, showText } from './terminal.js';

/**
 * The fourteen criteria, then how far the checkout gets.
 * @param command starts `doi`, for a shell
 */
export function formatCheck(answer: CheckAnswer, paint: Paint, command = 'doi'): string {
  // Criteria that were not judged get no remedy of their own: the details name the option, and the end says how to register.
  const criteria = answer.criteria.map((verdict) =>
    answer.not_judged.includes(verdict.id) ? { ...verdict, remedy: null } : verdict,
  );
  const lines = [
    `${paint('bold', showText(answer.repo_slug))}  ${showText(answer.path, 400)}`,
    '',
    ...formatCriteria(fillInPath(criteria, answer.path), paint),
    '',
    ...describeReach(answer, paint),
    ...formatComparisons(answer, paint),
    ...describeCommand(command),
  ];
  return `${lines.join('\n')}\n`;
}

function describeReach(answer: CheckAnswer, paint: Paint): string[] {
  const { tier, tier_of_judged: ofJudged, not_judged: notJudged, required } = answer;
  const lines = [`Tier reached: ${paint('bold', tier)}`];
  if (notJudged.length > 0)
    lines.push(
      `Tier without what only a registry knows: ${paint('bold', ofJudged)} (${notJudged.join(', ')} not judged: no registry here)`,
      `  → Register it ("doi register ${showText(quoteForShell(answer.path), 400)}"), or give the options named above.`,
    );
  const missing = missingOfJudged(answer);
  if (missing !== null) {
    const names = missing.verdicts.map(({ id, label }) => `${id} ${showText(label)}`).join(', ');
    lines.push(`Missing for ${missing.tier}: ${names}`);
  }
  if (required !== null) {
    const colour = required.met === null ? 'yellow' : required.met ? 'green' : 'red';
    lines.push(paint(colour, describeRequired(required)));
  }
  return lines;
}
