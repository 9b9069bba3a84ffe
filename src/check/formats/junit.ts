/** The answer of a check as JUnit XML, which builds show as tests: one test case for each criterion. */

import { countsFor } from '../../domain/counted-findings.js';
import { COMMAND_START, MISLEADING } from '../../domain/shown-text.js';
import type { Status, Verdict } from '../../domain/verdict.js';
import { acceptedBy } from '../accepted.js';
import type { CheckAnswer } from '../check-answer.js';
import { describePlace } from '../describe-place.js';
import type { FingerprintedFinding } from '../fingerprint-findings.js';

/** How many findings the text of one test case names. */
const MAX_FINDINGS = 100;

/** What ends a build is a failure, a warning that is worse than the baseline too. */
type Shown = Status | 'in-baseline';

/** A warning passes, with its text as output; a criterion that was not judged, or fails as in the baseline, is skipped. */
export function formatJunit(answer: CheckAnswer): string {
  const { repo_slug: slug, criteria, findings } = answer;
  const cases = criteria.map((verdict) => ({ verdict, shown: showAs(verdict, answer) }));
  const count = (...wanted: Shown[]) => cases.filter(({ shown }) => wanted.includes(shown)).length;
  const numbers = `tests="${criteria.length}" failures="${count('fail')}" errors="0" skipped="${count('skip', 'in-baseline')}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="doi" ${numbers}>`,
    `  <testsuite name="${attribute(slug)}" ${numbers}>`,
    ...cases.flatMap(({ verdict, shown }) => formatCase(verdict, shown, findings)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function showAs({ id, status }: Verdict, answer: CheckAnswer): Shown {
  if (answer.baseline?.worse.some((change) => change.id === id)) return 'fail';
  return status === 'fail' && acceptedBy(answer)?.criterion(id) ? 'in-baseline' : status;
}

function formatCase(verdict: Verdict, shown: Shown, findings: readonly FingerprintedFinding[]): string[] {
  const { id, label, tier, detail } = verdict;
  const open = `    <testcase classname="doi.${attribute(tier)}" name="${attribute(`${id} ${label}`)}"`;
  if (shown === 'pass') return [`${open}/>`];
  const text = escapeXml(describe(verdict, findings));
  const inner = {
    warn: `<system-out>${text}</system-out>`,
    fail: `<failure message="${attribute(detail)}">${text}</failure>`,
    'in-baseline': `<skipped message="${attribute(`In the baseline: ${detail}`)}"/>`,
    skip: `<skipped message="${attribute(detail)}"/>`,
  }[shown];
  return [`${open}>`, `      ${inner}`, '    </testcase>'];
}

/** The detail, the remedy, and for a criterion of the checker each finding that it counts, on lines of their own. */
function describe({ id, detail, remedy }: Verdict, findings: readonly FingerprintedFinding[]): string {
  const counted = findings.filter((finding) => countsFor(id, finding));
  const lines = counted.slice(0, MAX_FINDINGS).map((finding) => {
    const { severity, check, message } = finding;
    return [severity, check, describePlace(finding), message].filter((part) => part !== '').join(' ');
  });
  if (counted.length > MAX_FINDINGS) lines.push(`and ${counted.length - MAX_FINDINGS} more`);
  return [detail, ...(remedy === null ? [] : [remedy]), ...lines].join('\n');
}

// Characters that XML 1.0 forbids, even escaped, lone surrogates among them.
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** Text for an attribute or an element: it reads back as it was, with a replacement character for each forbidden one. */
function escapeXml(text: string): string {
  const reference = (char: string) => `&#${char.charCodeAt(0)};`;
  return text
    .replace(FORBIDDEN, '\ufffd')
    .replace(/[&<>"']/g, reference)
    .replace(/[\t\r]/g, reference)
    .replace(MISLEADING, reference)
    .replace(COMMAND_START, reference);
}

/** A parser makes a space of a line break in an attribute, but not of a reference to one. */
function attribute(text: string): string {
  return escapeXml(text).replaceAll('\n', '&#10;');
}
