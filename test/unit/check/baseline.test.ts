import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Baseline,
  formatBaseline,
  isWorse,
  type Judged,
  parseBaseline,
  ratchet,
  toBaseline,
  wereFound,
} from '../../../src/check/baseline.js';
import { compareWithBaseline } from '../../../src/check/compare-with-baseline.js';
import { limitFindings } from '../../../src/checker/built-in/finding.js';
import { DoiError } from '../../../src/domain/errors.js';
import { CRITERION_IDS } from '../../../src/domain/verdict.js';
import { anyJudged, makeFinding, makeJudged } from './check-answers.js';

const parse = (text: string): Baseline => parseBaseline(text, 'doi-baseline.json');
const baselineOf = (...given: Parameters<typeof makeJudged>) => toBaseline(makeJudged(...given));

describe('a comparison with a baseline', () => {
  it('when a status is lower, then that is worse, with was, now and remedy', () => {
    const baseline = baselineOf({ C5: 'pass', C6: 'warn', C9: 'fail' });
    const answer = makeJudged({ C5: 'warn', C6: 'skip', C9: 'fail' });
    expect(compareWithBaseline(answer, baseline)).toMatchObject({
      outcome: 'worse',
      worse: [
        { id: 'C5', was: 'pass', now: 'warn', detail: 'detail C5', remedy: 'Correct C5.' },
        { id: 'C6', was: 'warn', now: 'skip' },
      ],
      better: [],
    });
  });

  it('when a criterion that failed is skipped, then that is neither worse nor better', () => {
    const comparison = compareWithBaseline(makeJudged({ C5: 'skip' }), baselineOf({ C5: 'fail' }));
    expect(comparison).toMatchObject({ outcome: 'met', worse: [], better: [] });
  });

  it('when a finding is new, then that is worse, even if its criterion failed before; information is not', () => {
    const baseline = baselineOf({ C13: 'fail' }, [makeFinding('old')]);
    const now = (...messages: string[]) =>
      compareWithBaseline(
        makeJudged(
          { C13: 'fail' },
          messages.map((each) => makeFinding(each)),
        ),
        baseline,
      );
    expect(now('old')).toMatchObject({ outcome: 'met', new_findings: [] });
    expect(now('old', 'new')).toMatchObject({
      outcome: 'worse',
      new_findings: [{ check: 'C-02', file: 'workplans/a.md', line: 3, message: 'new' }],
    });
    // The same once more is new too.
    expect(now('old', 'old').new_findings).toHaveLength(1);
    const information = makeJudged({ C13: 'fail' }, [makeFinding('old'), makeFinding('new', 'INFO')]);
    expect(compareWithBaseline(information, baseline).outcome).toBe('met');
  });

  it('when a finding goes from WARN to FAIL, then that is worse, and a ratchet keeps the milder severity', () => {
    const [warning, failure] = (['WARN', 'FAIL'] as const).map((severity) =>
      makeJudged({ C7: 'fail', C13: 'fail' }, [makeFinding('a', severity)]),
    ) as [Judged, Judged];
    const baseline = parse(formatBaseline(toBaseline(warning)));
    expect(compareWithBaseline(failure, baseline)).toMatchObject({
      outcome: 'worse',
      new_findings: [{ message: 'a', was: 'WARN', severity: 'FAIL' }],
    });
    const severe = parse(formatBaseline(toBaseline(failure)));
    expect(compareWithBaseline(warning, severe).outcome).toBe('met');
    expect(ratchet(severe, warning).findings).toEqual(baseline.findings);
  });

  it('when the finding of a checker counts for no criterion, then it is not compared', () => {
    const notCounted = makeJudged({}, [{ check: 'C-12', severity: 'WARN', message: 'a' }]);
    expect(toBaseline(notCounted).findings.size).toBe(0);
    expect(compareWithBaseline(notCounted, baselineOf()).outcome).toBe('met');
  });

  it('when C9 fails only by an option, then it is not in the baseline, since its file is valid', () => {
    const baseline = baselineOf({}, [], ['C9']);
    const answer: Judged = { ...makeJudged({ C9: 'fail' }), fail_by_option: ['C9'] };
    expect(compareWithBaseline(answer, baseline)).toMatchObject({ outcome: 'met', not_in_baseline: ['C9'] });
  });

  it('when a criterion that counted is not judged, then it is not known; one that did not count does not matter', () => {
    const baseline = baselineOf({ C8: 'warn', C10: 'fail' });
    expect(compareWithBaseline(makeJudged({}, [], ['C8', 'C10']), baseline)).toMatchObject({
      outcome: 'unknown',
      not_judged: ['C8'],
    });
    expect(compareWithBaseline(makeJudged({}, [], ['C10']), baseline).outcome).toBe('met');
    expect(compareWithBaseline(makeJudged({ C5: 'fail' }, [], ['C8']), baseline).outcome).toBe('worse');
  });

  it('when a criterion is not in the baseline, then it is named and not worse', () => {
    const baseline = baselineOf({}, [], ['C8']);
    expect(compareWithBaseline(makeJudged({ C8: 'fail' }), baseline)).toMatchObject({
      outcome: 'met',
      not_in_baseline: ['C8'],
    });
  });

  it('when C9 was not judged, since its file was valid, then a failure of it is worse, and no ratchet writes it', () => {
    const baseline = parse(formatBaseline(baselineOf({}, [], ['C1', 'C9'])));
    const broken = makeJudged({ C1: 'fail', C9: 'fail' });
    expect(compareWithBaseline(broken, baseline)).toMatchObject({
      ...{ outcome: 'worse', not_in_baseline: ['C1'] },
      worse: [{ id: 'C9', was: 'not_judged', now: 'fail', remedy: 'Correct C9.' }],
    });
    expect(compareWithBaseline(broken, ratchet(baseline, broken)).outcome).toBe('worse');
    const byOption = { ...broken, fail_by_option: ['C9'] as const };
    expect(compareWithBaseline(byOption, baseline).outcome).toBe('met');
    expect(compareWithBaseline(broken, ratchet(baseline, byOption)).outcome).toBe('worse');
    expect(compareWithBaseline(makeJudged({ C9: 'warn' }), baseline).outcome).toBe('met');
    expect(ratchet(baseline, makeJudged()).notJudged).toEqual([]);
  });

  describe('where the list of findings is cut', () => {
    const cut = (fails: number, warns: number, first = 'a'): Judged => {
      const findings = Array.from({ length: fails + warns }, (_, index) =>
        makeFinding(`${first}${index}`, index < fails ? 'FAIL' : 'WARN'),
      );
      return makeJudged({ C7: 'fail', C13: 'fail' }, limitFindings(findings));
    };

    it('then the numbers are compared, and no finding is', () => {
      const baseline = parse(formatBaseline(toBaseline(cut(1200, 30))));
      expect(baseline).toMatchObject({ counts: { FAIL: 1200, WARN: 30 }, findings: new Map() });
      const now = (fails: number, warns: number) => compareWithBaseline(cut(fails, warns, 'b'), baseline);
      expect(now(1200, 30)).toMatchObject({ outcome: 'met', new_findings: [] });
      expect(now(900, 30).outcome).toBe('met');
      expect(now(1201, 30).outcome).toBe('worse');
      expect(now(10, 31)).toMatchObject({
        ...{ outcome: 'worse', counts: { was: { FAIL: 1200, WARN: 30 }, now: { FAIL: 10, WARN: 31 } } },
      });
    });

    it('then a finding that is not listed cannot take the place of one that is gone', () => {
      const baseline = toBaseline(cut(999, 0));
      expect(baseline.findings.size).toBe(999);
      expect(compareWithBaseline(cut(999, 2), baseline).outcome).toBe('worse');
      const [, ...fewer] = cut(1001, 0).findings;
      const other = makeJudged({ C7: 'fail' }, [...fewer, makeFinding('other', 'FAIL')]);
      expect(compareWithBaseline(other, baseline).outcome).toBe('worse');
    });

    it('then a ratchet leaves the findings as they are', () => {
      const [small, large] = [toBaseline(cut(2, 0)), toBaseline(cut(1001, 0))];
      expect(ratchet(small, cut(1001, 0)).findings).toEqual(small.findings);
      expect(ratchet(large, cut(1, 0))).toMatchObject({
        findings: new Map(),
        counts: { FAIL: 1001, WARN: 0 },
      });
    });

    it('when only information is left out, then all that counts is listed', () => {
      const findings = [makeFinding('a'), ...Array.from({ length: 1100 }, () => makeFinding('b', 'INFO'))];
      expect(toBaseline(makeJudged({}, limitFindings(findings))).counts).toBeUndefined();
    });
  });

  it('when something is better, then it is named', () => {
    const baseline = baselineOf({ C5: 'fail', C13: 'fail' }, [makeFinding('old'), makeFinding('older')]);
    const answer = makeJudged({ C5: 'warn', C13: 'fail' }, [makeFinding('old')]);
    expect(compareWithBaseline(answer, baseline)).toMatchObject({
      outcome: 'met',
      better: [{ id: 'C5', was: 'fail', now: 'warn' }],
      fixed_findings: 1,
    });
  });

  it('when the folder of workplans could not be checked, then no finding counts as gone', () => {
    const baseline = baselineOf({ C7: 'fail', C13: 'fail' }, [makeFinding('old', 'FAIL')]);
    const answer = makeJudged({ C7: 'fail', C13: 'fail' });
    expect(compareWithBaseline(answer, baseline)).toMatchObject({
      ...{ outcome: 'unknown', not_judged: ['C7', 'C13'], fixed_findings: 0, counts: null },
    });
    expect(ratchet(baseline, answer).findings).toEqual(baseline.findings);
    // A status that is lower is worse, whatever could not be checked.
    expect(compareWithBaseline(answer, baselineOf())).toMatchObject({
      ...{ outcome: 'worse', worse: [{ id: 'C7' }, { id: 'C13' }], not_judged: [] },
    });
  });
});

describe('for any check', () => {
  it('a baseline that was just written compares as met, with nothing better and nothing worse', () => {
    fc.assert(
      fc.property(anyJudged.filter(wereFound), (answer) => {
        const baseline = parse(formatBaseline(toBaseline(answer)));
        expect(compareWithBaseline(answer, baseline)).toEqual({
          ...{ outcome: 'met', worse: [], better: [], new_findings: [], fixed_findings: 0, counts: null },
          ...{ not_judged: [], not_in_baseline: [] },
        });
      }),
    );
  });

  it('a ratchet lowers no status, adds no finding, and is met by what was met before only if that is as good', () => {
    fc.assert(
      fc.property(anyJudged, anyJudged, anyJudged, (before, now, later) => {
        const old = toBaseline(before);
        const tighter = ratchet(old, now);
        for (const id of CRITERION_IDS) {
          const [was, is] = [old.criteria[id], tighter.criteria[id]];
          if (was !== undefined) expect(is !== undefined && !isWorse(is, was)).toBe(true);
        }
        for (const [fingerprint, severity] of tighter.findings) {
          const was = old.findings.get(fingerprint);
          expect([severity, 'FAIL']).toContain(was);
        }
        // What is worse than the old baseline stays worse than the new one.
        if (compareWithBaseline(later, old).outcome === 'worse')
          expect(compareWithBaseline(later, tighter).outcome).toBe('worse');
        // A check that is met stays met by what it wrote, and once more it writes nothing.
        if (compareWithBaseline(now, old).outcome === 'met')
          expect(compareWithBaseline(now, tighter)).toMatchObject({ outcome: 'met', better: [] });
        expect(formatBaseline(ratchet(tighter, now))).toBe(formatBaseline(tighter));
      }),
      { numRuns: 500 },
    );
  });
});

describe("a baseline's file", () => {
  it('is sorted, one entry a line, and parses to what was written', () => {
    const baseline = baselineOf({ C5: 'fail' }, [makeFinding('b'), makeFinding('a')], ['C1', 'C2']);
    const text = formatBaseline(baseline);
    const [first, second] = [...baseline.findings.keys()].sort();
    expect(text).toBe(`{
  "version": 1,
  "criteria": {
    "C3": "pass",
    "C4": "pass",
    "C5": "fail",
    "C6": "pass",
    "C7": "pass",
    "C8": "pass",
    "C9": "pass",
    "C10": "pass",
    "C11": "pass",
    "C12": "pass",
    "C13": "pass",
    "C14": "pass"
  },
  "not_judged": [
    "C1",
    "C2"
  ],
  "findings": [
    "${first} WARN",
    "${second} WARN"
  ]
}
`);
    expect(parse(text)).toEqual(baseline);
  });

  const good = formatBaseline(baselineOf({}, [makeFinding('a')]));
  const errorOf = (text: string): DoiError => {
    try {
      parse(text);
    } catch (error) {
      if (error instanceof DoiError) return error;
      throw error;
    }
    throw new Error('It was accepted.');
  };
  const lineOf = (text: string) => Number(/line (\d+) is wrong/.exec(errorOf(text).message)?.[1]);

  it.each([
    ['', 1],
    ['nonsense', 1],
    ['null', 1],
    ['[]', 1],
    ['{}', 1],
    [good.slice(0, good.indexOf('"C4"')), 7],
    [good.replace('    "C6"', '<<<<<<< HEAD\n    "C6"'), 9],
    [good.replace('"C6": "pass"', '"C6": "good"'), 9],
    [good.replace('"C6"', '"C66"'), 9],
    [good.replace('"C6": "pass",', '"C6": "pass"'), 10],
    [good.replace('"version": 1', '"version": "1"'), 2],
    [good.replace('"findings"', '"other": 1,\n  "findings"'), 19],
    [good.replace(/"[0-9a-f]{32} WARN"/, '"0123"'), 20],
    [`${good}x`, 23],
    [good.replace('"C6": "pass"', '"__proto__": "pass"'), 9],
    ['{\n"version": 1,\n"criteria": {},\n"findings": []}', 3],
    ['['.repeat(20_000) + ']'.repeat(20_000), 1],
  ])('when it is no baseline (%j), then the error names line %i', (text, line) => {
    expect(lineOf(text)).toBe(line);
    expect(errorOf(text)).toMatchObject({ code: 'bad_request' });
  });

  it('when a later release wrote it, then the error says so', () => {
    const later = good.replace('"version": 1', '"version": 2');
    expect(errorOf(later).message).toBe(
      'doi-baseline.json is a baseline of another release: line 2 is wrong.',
    );
  });

  it('when any part of it is cut off or replaced, then it is refused or means no less strict a baseline', () => {
    fc.assert(
      fc.property(fc.nat(good.length - 2), (at) => {
        expect(errorOf(good.slice(0, at)).code).toBe('bad_request');
      }),
    );
  });
});
