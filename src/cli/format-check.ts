/** Shows what `doi check` found. */
import { quoteForShell } from '../domain/quote-for-shell.js';
import { type CheckAnswer, missingOfJudged } from './check-answer.js';
import { formatCriteria } from './format-criteria.js';
import type { Paint } from './paint.js';
import { showText } from './show-text.js';

/** The fourteen criteria, then how far the checkout gets. */
export function formatCheck(answer: CheckAnswer, paint: Paint): string {
  // What tells them stands in their details, and registering below: fourteen remedies would hide those that count.
  const criteria = answer.criteria.map((verdict) =>
    answer.not_judged.includes(verdict.id) ? { ...verdict, remedy: null } : verdict,
  );
  const lines = [
    `${paint('bold', showText(answer.repo_slug))}  ${showText(answer.path, 400)}`,
    '',
    ...formatCriteria(criteria, paint),
    '',
    ...describeReach(answer, paint),
  ];
  return `${lines.join('\n')}\n`;
}

function describeReach(answer: CheckAnswer, paint: Paint): string[] {
  const { tier, tier_of_judged: ofJudged, not_judged: notJudged, required } = answer;
  const lines = [`Tier reached: ${paint('bold', tier)}`];
  if (notJudged.length > 0)
    lines.push(
      `As far as this checkout can tell: ${paint('bold', ofJudged)} (${notJudged.join(', ')} not judged: no registry here)`,
      `  → Register it ("doi register ${showText(quoteForShell(answer.path), 400)}"), or tell what a registry would know by the options named above.`,
    );
  const missing = missingOfJudged(answer);
  if (missing !== null) {
    const names = missing.verdicts.map(({ id, label }) => `${id} ${label}`).join(', ');
    lines.push(`Missing for ${missing.tier}: ${names}`);
  }
  if (required !== null)
    lines.push(
      required.met
        ? paint('green', `Nothing that was judged is missing for ${required.tier}, as required.`)
        : paint('red', `Below ${required.tier}, which was required.`),
    );
  return lines;
}
