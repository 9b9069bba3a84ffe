/** Checks the texts of an answer, which must be plain whatever a repository put into them. */
import { expect } from 'vitest';
import type { ReportAnswer } from '../../src/api/report.js';

// Controls that a terminal obeys, line ends, and characters that reorder the text.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const LONGEST = 500;

/** Fails for a text of the report that is not a clean, bounded sentence on one line. */
export function expectPlainText(answer: ReportAnswer): void {
  for (const { id, detail, remedy } of answer.criteria) {
    for (const text of [detail, remedy ?? 'None at all.']) {
      expectPlain(text, `${answer.repo_slug} ${id}`);
      expect(text).toMatch(/^\S.{8,}[.…`]$/);
      expect(text).not.toMatch(/\bundefined\b|\bNaN\b|\[object /);
    }
  }
  expectPlain(answer.checkout?.branch ?? '', `${answer.repo_slug} branch`);
  expectPlain(answer.fingerprint ?? '', `${answer.repo_slug} fingerprint`, 10_000);
}

function expectPlain(text: string, what: string, longest = LONGEST): void {
  expect(text, what).not.toMatch(UNSAFE);
  expect(text.isWellFormed(), what).toBe(true);
  expect(text.length, what).toBeLessThanOrEqual(longest);
}
