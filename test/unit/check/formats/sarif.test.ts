import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import type { Log, Result } from 'sarif';
import { describe, expect, it } from 'vitest';
import type { CheckAnswer } from '../../../../src/check/check-answer.js';
import { formatSarif } from '../../../../src/check/formats/sarif.js';
import { hostileAnswer, sample, UNSAFE } from './answers.js';

// The schema of OASIS as the package @microsoft/jest-sarif 1.0.0-beta.0 (MIT) has it. Of draft 4 it uses nothing that later
// drafts changed but the name of its own address; one pattern is no regular expression of Unicode.
const {
  id: _,
  $schema: __,
  ...schema
} = JSON.parse(readFileSync(join(import.meta.dirname, 'sarif-schema-2.1.0.json'), 'utf8'));
const isReference = (text: string) =>
  /^(?:[\w.~!$&'()*+,;=:@/?#-]|%[\dA-F]{2})*$/i.test(text) && URL.canParse(text, 'file:///');
const formats = {
  uri: (text: string) => URL.canParse(text),
  'uri-reference': isReference,
  'date-time': true,
} as const;
const validate = new Ajv({ strict: false, unicodeRegExp: false, formats }).compile(schema);

function read(answer: CheckAnswer): { log: Log; results: Result[]; text: string } {
  const text = formatSarif(answer);
  const log = JSON.parse(text) as Log;
  expect(validate(log), JSON.stringify(validate.errors)).toBe(true);
  return { log, results: log.runs[0]?.results ?? [], text };
}

describe('the SARIF of a check', () => {
  it('is exactly this', async () => {
    await expect(formatSarif(sample())).toMatchFileSnapshot('expected/check.sarif');
  });

  it('is accepted by the schema of SARIF 2.1.0, which refuses what is not of it', () => {
    const { log } = read(sample());
    expect(validate({ ...log, version: '2.0.0' })).toBe(false);
    const [run] = log.runs;
    const results = [
      { message: { text: 'a' }, locations: [{ physicalLocation: { artifactLocation: { uri: 'a b' } } }] },
    ];
    expect(validate({ ...log, runs: [{ ...run, results }] })).toBe(false);
  });

  it('has one result for each warning, failure and finding, with a rule and a place inside the checkout, whatever the texts', () => {
    fc.assert(
      fc.property(hostileAnswer, (answer) => {
        const { log, results, text } = read(answer);
        const problems = answer.criteria.filter(({ status }) => status === 'warn' || status === 'fail');
        expect(results).toHaveLength(problems.length + answer.findings.length);
        const rules = log.runs[0]?.tool.driver.rules ?? [];
        for (const result of results) {
          expect(rules[result.ruleIndex ?? -1]?.id).toBe(result.ruleId);
          expect(result.message.text).not.toContain('](');
          // A brace that is not doubled begins or ends the place of an argument.
          expect(result.message.text?.replace(/\{\{|\}\}/g, '')).not.toMatch(/[{}]/);
          const uri = result.locations?.[0]?.physicalLocation?.artifactLocation?.uri ?? '';
          expect(new URL(uri, 'file:///root/').href).toMatch(/^file:\/\/\/root\//);
        }
        expect(text).not.toMatch(UNSAFE);
      }),
    );
  });

  it('names the file of each location so that it reads back', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }).filter(isName), (file) => {
        const findings = [{ check: 'C-02', severity: 'FAIL', file, message: '', fingerprint: '' }] as const;
        const { results } = read({ ...sample(), criteria: [], findings });
        const uri = results[0]?.locations?.[0]?.physicalLocation?.artifactLocation?.uri ?? '';
        expect(decodeURIComponent(uri)).toBe(file);
      }),
    );
  });

  it('has fingerprints that stay when the texts of verdicts and the lines of findings change', () => {
    const answer = sample();
    const changed = {
      ...answer,
      criteria: answer.criteria.map((verdict) => ({ ...verdict, detail: 'Otherwise.' })),
      findings: answer.findings.map((finding) => ({ ...finding, line: 99 })),
    };
    const prints = (of: CheckAnswer) =>
      read(of).results.map(({ partialFingerprints }) => partialFingerprints);
    expect(prints(changed)).toEqual(prints(answer));
    expect(new Set(prints(answer).map((each) => JSON.stringify(each))).size).toBe(6);
  });
});

function isName(text: string): boolean {
  return !/[/\\]/.test(text) && text !== '.' && text !== '..';
}
