/** What each format says of a baseline. */
import { describe, expect, it } from 'vitest';
import { formatBaseline, parseBaseline, toBaseline } from '../../../../src/check/baseline.js';
import type { CheckAnswer } from '../../../../src/check/check-answer.js';
import { type BaselineAnswer, compareWithBaseline } from '../../../../src/check/compare-with-baseline.js';
import { formatGithub } from '../../../../src/check/formats/github.js';
import { formatJunit } from '../../../../src/check/formats/junit.js';
import { formatMarkdown } from '../../../../src/check/formats/markdown.js';
import { formatSarif } from '../../../../src/check/formats/sarif.js';
import { sample } from './answers.js';

function against(change: (text: string) => string): CheckAnswer {
  const answer = sample();
  const baseline = parseBaseline(change(JSON.stringify(toJson(answer))), 'b');
  const shared = { file: 'b', allow_unknown: false, written: false };
  return { ...answer, baseline: { ...compareWithBaseline(answer, baseline), ...shared } };
}

function toJson(answer: CheckAnswer): object {
  return JSON.parse(formatBaseline(toBaseline(answer)));
}

const met = against((text) => text);
const worse = against((text) =>
  text.replace('"C9":"fail"', '"C9":"pass"').replace(sample().findings[0]?.fingerprint ?? '', '0'.repeat(32)),
);

describe('with a baseline', () => {
  it('SARIF says of each result whether it is new', () => {
    const states = (answer: CheckAnswer) =>
      JSON.parse(formatSarif(answer)).runs[0].results.map(
        (one: { ruleId: string; baselineState: string }) => [one.ruleId, one.baselineState],
      );
    expect(new Set(states(met).map(([, state]: [string, string]) => state))).toEqual(new Set(['unchanged']));
    expect(states(worse)).toEqual([
      ['C5', 'unchanged'],
      ['C7', 'new'],
      ['C9', 'new'],
      ['checker/C-02', 'new'],
      ['checker/C-09', 'unchanged'],
      ['checker/C-12', 'unchanged'],
    ]);
    expect(formatSarif(sample())).not.toContain('baselineState');
  });

  it('GitHub shows what is accepted as notices, after what is new, and the outcome', () => {
    const levels = (answer: CheckAnswer) =>
      formatGithub(answer)
        .match(/^::\w+/gm)
        ?.join(' ');
    expect(levels(met)).toBe(`${'::notice '.repeat(7)}::error ::notice`);
    expect(formatGithub(met)).toMatch(/::notice title=doi::Nothing is worse than the baseline\.\n$/);
    expect(levels(worse)).toBe('::error ::error ::error ::notice ::notice ::notice ::notice ::error ::error');
    expect(formatGithub(worse)).toMatch(
      /::error title=doi::Worse than the baseline: C9 was pass, now fail; 1 new finding\.\n$/,
    );
  });

  it('JUnit skips a failure that is accepted', () => {
    expect(formatJunit(met)).toContain('tests="5" failures="0" errors="0" skipped="3"');
    expect(formatJunit(met)).toContain('<skipped message="In the baseline: tpsc.yaml is not valid');
    expect(formatJunit(worse)).toContain('tests="5" failures="2" errors="0" skipped="1"');
  });

  it('when a warning is worse than the baseline, then JUnit shows a failure', () => {
    const warned = against((text) => text.replace('"C5":"warn"', '"C5":"pass"'));
    expect(formatJunit(warned)).toContain('failures="1"');
    expect(formatJunit(warned)).toContain('<failure message="SCOPE.md lacks the sections Terminology.">');
  });

  it('when the workplans could not be checked, then each says so, and accepts none of it', () => {
    const comparison = against((text) => text).baseline as BaselineAnswer;
    const unknown = { ...comparison, outcome: 'unknown', not_judged: ['C7', 'C13'] } as const;
    const answer = { ...sample(), baseline: unknown };
    const said = 'Nothing that was judged is worse than the baseline, but C7 and C13 could not be judged.';
    expect(formatGithub(answer)).toContain(said);
    expect(formatMarkdown(answer)).toContain(said);
    expect(formatJunit(answer)).toContain('failures="1"');
  });

  it('Markdown says the outcome', () => {
    expect(formatMarkdown(met)).toContain('**Nothing is worse than the baseline.**');
    expect(formatMarkdown(worse)).toContain(
      '**Worse than the baseline: C9 was pass, now fail; 1 new finding.**',
    );
  });
});
