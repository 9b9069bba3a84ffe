import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Baseline,
  formatBaseline,
  isWorse,
  parseBaseline,
  ratchet,
  toBaseline,
} from '../../../src/check/baseline.js';
import { compareWithBaseline } from '../../../src/check/compare-with-baseline.js';
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
    expect(compareWithBaseline(answer, baseline).fixed_findings).toBe(0);
    expect(ratchet(baseline, answer).findings).toEqual(baseline.findings);
  });
});

describe('for any check', () => {
  it('a baseline that was just written compares as met, with nothing better and nothing worse', () => {
    fc.assert(
      fc.property(anyJudged, (answer) => {
        const baseline = parse(formatBaseline(toBaseline(answer)));
        expect(compareWithBaseline(answer, baseline)).toEqual({
          ...{ outcome: 'met', worse: [], better: [], new_findings: [], fixed_findings: 0 },
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
        for (const fingerprint of tighter.findings) expect(old.findings.has(fingerprint)).toBe(true);
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
    const [first, second] = [...baseline.findings].sort();
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
  "findings": [
    "${first}",
    "${second}"
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
    [good.replace(/"[0-9a-f]{32}"/, '"0123"'), 20],
    [`${good}x`, 23],
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
