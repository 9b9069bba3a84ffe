import { DOMParser, type Document } from '@xmldom/xmldom';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatJunit } from '../../../../src/check/formats/junit.js';
import { hostileAnswer, sample, UNSAFE } from './answers.js';

function parse(xml: string): Document {
  const onError = (level: string, message: string) => {
    // It warns of the replacement character, which stands for what XML forbids.
    if (level !== 'warning') throw new Error(`${level}: ${message}`);
  };
  return new DOMParser({ onError }).parseFromString(xml, 'text/xml');
}

/** What XML 1.0 can hold of a text. */
const allowed = (text: string) =>
  text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');

describe('the JUnit XML of a check', () => {
  it('is exactly this', async () => {
    await expect(formatJunit(sample())).toMatchFileSnapshot('expected/check.junit.xml');
  });

  it('has one test case for each criterion, and its texts read back, whatever they are', () => {
    fc.assert(
      fc.property(hostileAnswer, (answer) => {
        const xml = formatJunit(answer);
        expect(xml).not.toMatch(UNSAFE);
        const document = parse(xml);
        const suite = document.getElementsByTagName('testsuite')[0];
        expect(suite?.getAttribute('name')).toBe(allowed(answer.repo_slug));
        const cases = [...document.getElementsByTagName('testcase')];
        expect(cases).toHaveLength(answer.criteria.length);
        expect(document.getElementsByTagName('*')).toHaveLength(
          2 + cases.length + answer.criteria.filter(({ status }) => status !== 'pass').length,
        );
        for (const [index, { id, label, status, detail }] of answer.criteria.entries()) {
          expect(cases[index]?.getAttribute('name')).toBe(allowed(`${id} ${label}`));
          const child = [...(cases[index]?.getElementsByTagName('*') ?? [])][0];
          const tag = { pass: undefined, warn: 'system-out', fail: 'failure', skip: 'skipped' }[status];
          expect(child?.tagName).toBe(tag);
          if (status === 'fail') {
            expect(child?.getAttribute('message')).toBe(allowed(detail));
            expect(child?.textContent?.startsWith(allowed(detail))).toBe(true);
          }
        }
      }),
    );
  });

  it('counts what fails and what is skipped', () => {
    const suite = parse(formatJunit(sample())).getElementsByTagName('testsuite')[0];
    const number = (name: string) => Number(suite?.getAttribute(name));
    expect(['tests', 'failures', 'errors', 'skipped'].map(number)).toEqual([5, 2, 0, 1]);
  });

  it('names at most a hundred findings in the text of a test case', () => {
    const findings = Array.from({ length: 102 }, () => sample().findings[0]!);
    expect(formatJunit({ ...sample(), findings }).match(/C-02/g)).toHaveLength(100);
    expect(formatJunit({ ...sample(), findings })).toContain('\nand 2 more</failure>');
  });
});
