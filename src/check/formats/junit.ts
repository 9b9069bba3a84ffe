/** The answer of a check as JUnit XML, which builds show as tests: one test case for each criterion. */

import { COMMAND_START, MISLEADING } from '../../domain/shown-text.js';
import type { CriterionId, Verdict } from '../../domain/verdict.js';
import { acceptedBy } from '../accepted.js';
import type { CheckAnswer } from '../check-answer.js';
import type { FingerprintedFinding } from '../fingerprint-findings.js';

/** How many findings the text of one test case names. */
const MAX_FINDINGS = 100;
const SEVERITIES: Readonly<Partial<Record<CriterionId, readonly string[]>>> = {
  C7: ['FAIL'],
  C13: ['FAIL', 'WARN'],
};

/** A warning passes, with its text as output; a criterion that was not judged, or fails as in the baseline, is skipped. */
export function formatJunit(answer: CheckAnswer): string {
  const { repo_slug: slug, criteria, findings } = answer;
  const accepted = acceptedBy(answer);
  const inBaseline = new Set(
    criteria.filter(({ id, status }) => status === 'fail' && accepted?.criterion(id)).map(({ id }) => id),
  );
  const count = (wanted: string) =>
    criteria.filter(({ id, status }) => (inBaseline.has(id) ? 'skip' : status) === wanted).length;
  const numbers = `tests="${criteria.length}" failures="${count('fail')}" errors="0" skipped="${count('skip')}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="doi" ${numbers}>`,
    `  <testsuite name="${attribute(slug)}" ${numbers}>`,
    ...criteria.flatMap((verdict) => formatCase(verdict, findings, inBaseline.has(verdict.id))),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function formatCase(
  verdict: Verdict,
  findings: readonly FingerprintedFinding[],
  isInBaseline: boolean,
): string[] {
  const { id, label, tier, status, detail } = verdict;
  const open = `    <testcase classname="doi.${attribute(tier)}" name="${attribute(`${id} ${label}`)}"`;
  if (status === 'pass') return [`${open}/>`];
  const text = escapeXml(describe(verdict, findings));
  const inner = {
    warn: `<system-out>${text}</system-out>`,
    fail: isInBaseline
      ? `<skipped message="${attribute(`In the baseline: ${detail}`)}"/>`
      : `<failure message="${attribute(detail)}">${text}</failure>`,
    skip: `<skipped message="${attribute(detail)}"/>`,
  }[status];
  return [`${open}>`, `      ${inner}`, '    </testcase>'];
}

/** The detail, the remedy, and for a criterion of the checker each finding that it counts, on lines of their own. */
function describe({ id, detail, remedy }: Verdict, findings: readonly FingerprintedFinding[]): string {
  const counted = findings.filter(({ severity }) => SEVERITIES[id]?.includes(severity));
  const lines = counted.slice(0, MAX_FINDINGS).map(({ severity, check, file, line, message }) => {
    const where = file === undefined ? '' : ` ${file}${line === undefined ? '' : `:${line}`}`;
    return `${severity} ${check}${where} ${message}`;
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
