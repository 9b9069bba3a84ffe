/** The answer of a check as Markdown for the summary of a job, or a comment: a table of the criteria, and one of the findings. */
import { showText } from '../../domain/shown-text.js';
import type { Status } from '../../domain/verdict.js';
import { type CheckAnswer, missingOfJudged } from '../check-answer.js';
import { describePlace } from '../describe-place.js';
import { describeRequired } from '../describe-required.js';
import { describeStanding } from '../describe-standing.js';
import type { FingerprintedFinding } from '../fingerprint-findings.js';
import { nameNotJudged } from '../registry-options.js';

/** How many findings the table has; the summary of a job may have 1 MiB. */
const MAX_FINDINGS = 50;
const SYMBOLS: Readonly<Record<Status, string>> = { pass: '✅', warn: '⚠️', fail: '❌', skip: '➖' };

export function formatMarkdown(answer: CheckAnswer): string {
  const { repo_slug: slug, tier, not_judged: notJudged } = answer;
  const rows = answer.criteria.map(({ id, label, tier: needed, status, detail, remedy }) => {
    // The sentence below the table says what to do about all that were not judged.
    const remedyShown = notJudged.includes(id) ? null : remedy;
    const cells = [SYMBOLS[status], `${id} ${escapeMarkdown(label)}`, needed, status];
    return row([...cells, escapeMarkdown(detail), escapeMarkdown(remedyShown ?? '')]);
  });
  const parts = [
    `## ${escapeMarkdown(slug)}: ${tier}`,
    describeReach(answer).join('\n\n'),
    [
      row(['', 'Criterion', 'Tier', 'Verdict', 'Found', 'What to do']),
      row(Array(6).fill('---')),
      ...rows,
    ].join('\n'),
    ...describeFindings(answer.findings),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** Only words of this program: ids, tiers, options. */
function describeReach(answer: CheckAnswer): string[] {
  const { tier, tier_of_judged: ofJudged, not_judged: notJudged, required } = answer;
  const lines = [`Tier reached: **${tier}**`];
  if (notJudged.length > 0)
    lines.push(
      `Tier without what only a registry knows: **${ofJudged}**. Not judged, since there is no registry here: ${nameNotJudged(notJudged)}`,
    );
  const missing = missingOfJudged(answer);
  if (missing !== null)
    lines.push(
      `Missing for ${missing.tier}: ${missing.verdicts.map(({ id, label }) => `${id} ${escapeMarkdown(label)}`).join(', ')}`,
    );
  if (required !== null) lines.push(`**${describeRequired(required)}**`);
  const standing = describeStanding(answer);
  if (standing !== null) lines.push(`**${standing}**`);
  return lines;
}

function describeFindings(findings: readonly FingerprintedFinding[]): string[] {
  if (findings.length === 0) return [];
  const rows = findings.slice(0, MAX_FINDINGS).map((finding) => {
    const { severity, check, message } = finding;
    return row([severity, ...[check, describePlace(finding), message].map(escapeMarkdown)]);
  });
  const more = findings.length - MAX_FINDINGS;
  return [
    '### Findings of the checker',
    [row(['Severity', 'Check', 'Where', 'Message']), row(Array(4).fill('---')), ...rows].join('\n'),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

const ZERO_WIDTH = '&#8203;';

/**
 * One line of text without any markup. References to characters are never markup in CommonMark. Behind the signs of a forge's
 * references, and in ones such as `GH-3` or the digits of a commit, a space without width keeps the forge from notifying a
 * person or linking an issue or a commit; addresses are not made into links either.
 */
function escapeMarkdown(text: string): string {
  return showText(text)
    .trim()
    .replace(/\b[0-9a-f]{7,}\b/gi, (hash) => hash.replace(/.{6}/g, (part) => `${part}\u200b`))
    .replace(/[@!~$&^%]|(?<=[A-Za-z]{2})-(?=\d)/g, (sign) => `${sign}\u200b`)
    .replace(/[&<>"'\\`*_[\]|~$^!]/g, (char) => `&#${char.charCodeAt(0)};`)
    .replaceAll('\u200b', ZERO_WIDTH)
    .replace(/(?<!&)#/g, `#${ZERO_WIDTH}`)
    .replace(/\/(?=\/)/g, `/${ZERO_WIDTH}`)
    .replace(/www\./gi, (found) => `${found.slice(0, 3)}&#46;`);
}
