import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServerReport } from '../../../src/api/server-report.js';
import { formatGate } from '../../../src/cli/format-gate.js';
import { plain } from '../../../src/cli/terminal.js';
import { decideGate, type GateOptions } from '../../../src/client/gate.js';
import { toGateAnswer } from '../../../src/client/gate-answer.js';
import { inputsOf } from '../../../src/criteria/inputs-of.js';
import { CHECKOUT_KEYS } from '../../../src/domain/input.js';
import { counts, TIER_CRITERIA } from '../../../src/domain/tier.js';
import { CRITERION_TIERS } from '../../../src/domain/verdict.js';
import { anyReport, CHECKED_AT, HEAD, makeReport } from './server-reports.js';

const HOUR = 3_600_000;
/** The server's time, an hour after the verdict. */
const AT = new Date(Date.parse(CHECKED_AT) + HOUR);
const STANDARD: GateOptions = { require: 'standard', inputsOf };

const decide = (report: ServerReport, options: GateOptions = STANDARD, at: Date | null = AT) =>
  decideGate({ report, at }, options);
const codesOf = (report: ServerReport, options: GateOptions = STANDARD, at: Date | null = AT) => {
  const decision = decide(report, options, at);
  return decision.outcome === 'unknown' ? decision.reasons.map(({ code }) => code) : decision.outcome;
};
const staleBy = (code: string, input = 'SCOPE.md'): Partial<ServerReport> => ({
  stale: true,
  stale_reasons: [{ input, code, text: `${input}: ${code}`, was: null, now: null }],
});

describe('a fresh report', () => {
  it('when every verdict up to the tier counts, then it is met, whatever is above the tier', () => {
    expect(decide(makeReport({ C5: 'warn', C10: 'fail' }))).toEqual({ outcome: 'met', accepted: [] });
  });

  it('when one does not count, then it is not met, and each is named with its remedy', () => {
    expect(decide(makeReport({ C4: 'fail', C8: 'skip', C10: 'fail' }))).toMatchObject({
      outcome: 'not_met',
      missing: [
        { id: 'C4', remedy: 'Correct C4.' },
        { id: 'C8', remedy: 'Correct C8.' },
      ],
    });
  });

  it('when a verdict is not there, then it is not known', () => {
    const report = makeReport();
    const criteria = report.criteria.filter(({ id }) => id !== 'C9');
    expect(codesOf({ ...report, criteria })).toEqual(['no_verdict']);
    expect(codesOf({ ...report, criteria }, { ...STANDARD, require: 'core' })).toBe('met');
  });

  it('when its tier is below what its verdicts reach, then it is not known', () => {
    expect(codesOf(makeReport({}, { tier: 'core' }))).toEqual(['contradiction']);
  });
});

describe('a repository that was never evaluated', () => {
  it('is not known, with the failure where there is one', () => {
    expect(codesOf(makeReport({}, { criteria: [], checked_at: null, tier: 'none' }))).toEqual([
      'never_evaluated',
    ]);
    const failure = { message: 'No permission.', remedy: 'Allow it.' };
    expect(decide(makeReport({}, { checked_at: null, failure }))).toMatchObject({
      reasons: [{ text: 'widget was never evaluated. No permission.', remedy: 'Allow it.' }],
    });
  });
});

describe('a stale report', () => {
  it('when no age is allowed, then it is not known, met or not', () => {
    expect(codesOf(makeReport({}, staleBy('input_changed')))).toEqual(['input_changed']);
    expect(codesOf(makeReport({ C4: 'fail' }, staleBy('over_age', 'age')))).toEqual(['over_age']);
    expect(codesOf(makeReport({}, { stale: true }))).toEqual(['over_age']);
    expect(codesOf(makeReport({}, { ...staleBy('pushed'), stale: false }))).toEqual(['pushed']);
  });

  it('when it is at most as old as allowed by the time of the server, then it is judged, and the reasons are kept', () => {
    const report = makeReport({ C4: 'fail' }, staleBy('input_changed'));
    expect(decide(report, { ...STANDARD, maxAgeMs: HOUR + 1000 })).toMatchObject({
      outcome: 'not_met',
      accepted: [{ text: 'SCOPE.md: input_changed' }],
    });
    // The header Date has cut off up to a second.
    expect(codesOf(report, { ...STANDARD, maxAgeMs: HOUR + 999 })).toEqual(['over_age']);
  });

  it('when the time of the server is missing, or long before the verdict, then its age is not known', () => {
    const report = makeReport({}, staleBy('input_changed'));
    const options = { ...STANDARD, maxAgeMs: 9 * HOUR };
    expect(codesOf(report, options, null)).toEqual(['over_age']);
    expect(codesOf(report, options, new Date(Date.parse(CHECKED_AT) - 62_000))).toEqual(['over_age']);
    expect(codesOf(report, options, new Date(Date.parse(CHECKED_AT) - 50_000))).toBe('met');
  });

  it.each(['foreign_row', 'never_evaluated', 'code_of_a_later_release'])(
    'when the reason is %s, then no age outweighs it',
    (code) => {
      const report = makeReport({}, staleBy(code, 'row'));
      expect(codesOf(report, { ...STANDARD, maxAgeMs: 9 * HOUR })).toEqual([code]);
    },
  );

  it('when a commit is given, then no age outweighs that the checkout changed since', () => {
    const options = { ...STANDARD, maxAgeMs: 9 * HOUR, atCommit: HEAD };
    for (const input of CHECKOUT_KEYS)
      expect(codesOf(makeReport({}, staleBy('input_changed', input)), options)).toEqual(['input_changed']);
    expect(codesOf(makeReport({}, staleBy('input_changed', 'goal')), options)).toBe('met');
  });

  it('when a verdict that rests on the stale input is older than checked_at, then its own time counts', () => {
    const before = new Date(Date.parse(CHECKED_AT) - 9 * HOUR).toISOString();
    const judged_at = { ...makeReport().evaluation?.judged_at, C7: before };
    const options = { ...STANDARD, maxAgeMs: 8 * HOUR };
    const stale = { ...staleBy('input_changed', 'workplans'), evaluation: { judged_at } };
    expect(codesOf(makeReport({}, stale), options)).toEqual(['over_age']);
    expect(codesOf(makeReport({}, { ...stale, ...staleBy('pushed', 'remote') }), options)).toEqual([
      'over_age',
    ]);
    // C7 is not needed, or rests on no stale input.
    expect(codesOf(makeReport({}, stale), { ...options, require: 'core' })).toBe('met');
    expect(codesOf(makeReport({}, { ...stale, ...staleBy('input_changed', 'SCOPE.md') }), options)).toBe(
      'met',
    );
    for (const evaluation of [null, { judged_at: {} }])
      expect(codesOf(makeReport({}, { ...stale, evaluation }), options)).toEqual(['over_age']);
  });

  it('when one is accepted after a failed attempt, then the answer says why it failed', () => {
    const failure = { message: 'The checker broke.', remedy: 'Repair it.' };
    const report = makeReport({}, { ...staleBy('input_changed'), failure });
    const given = { ...STANDARD, maxAgeMs: 8 * HOUR, slug: 'widget', waitMs: 0 };
    const result = { decision: decide(report, given), report, waitedMs: 0 };
    const answer = toGateAnswer(given, result, false);
    expect(answer).toMatchObject({ exit_code: 0, failure });
    expect(formatGate(answer, plain)).toContain(
      'the last attempt failed: The checker broke.\n    → Repair it.',
    );
  });

  it('when the last attempt failed, then the remedy is that of the failure', () => {
    const host_trouble = { host: 'here', message: 'The checker is missing.', remedy: 'Install it.' };
    const decision = decide(makeReport({}, { ...staleBy('over_age', 'age'), host_trouble }));
    expect(decision).toMatchObject({
      reasons: [{ remedy: 'The last attempt failed: The checker is missing. Install it.' }],
    });
  });
});

describe('the commit in the answer', () => {
  const answerOf = (report: ServerReport, options: Partial<GateOptions> = {}) => {
    const given = { ...STANDARD, ...options, slug: 'widget', waitMs: 0 };
    return toGateAnswer(given, { decision: decide(report, given), report, waitedMs: 0 }, false);
  };

  it('when the verdict is fresh, then it is the commit that was judged', () => {
    const answer = answerOf(makeReport());
    expect(answer).toMatchObject({ head: HEAD, checkout_head: HEAD });
    expect(formatGate(answer, plain)).toContain(`(judged ${CHECKED_AT} at ${HEAD.slice(0, 12)}, fresh)`);
  });

  it('when the verdict is stale, then it is only where the checkout is now', () => {
    const answer = answerOf(makeReport({}, staleBy('input_changed', 'goal')), { maxAgeMs: 9 * HOUR });
    expect(answer).toMatchObject({ outcome: 'met', head: null, checkout_head: HEAD });
    const said = `(judged ${CHECKED_AT}, stale; the checkout is now at ${HEAD.slice(0, 12)})`;
    expect(formatGate(answer, plain)).toContain(said);
  });

  it.each([...CHECKOUT_KEYS, 'remote'])('when a change of %s was accepted, then there is none', (input) => {
    const answer = answerOf(makeReport({}, staleBy('input_changed', input)), { maxAgeMs: 9 * HOUR });
    expect(answer).toMatchObject({ outcome: 'met', head: null, checkout_head: null });
    expect(formatGate(answer, plain)).toContain(`(judged ${CHECKED_AT}, stale).`);
  });
});

describe('a commit', () => {
  it('when the checkout of the server is at it, then its beginning is enough', () => {
    for (const atCommit of [HEAD, HEAD.slice(0, 7)])
      expect(codesOf(makeReport(), { ...STANDARD, atCommit })).toBe('met');
  });

  it('when the checkout is at another one, or it is not known at which, then it is not known', () => {
    const options = { ...STANDARD, atCommit: 'ffffffff' };
    expect(decide(makeReport(), options)).toMatchObject({
      reasons: [{ text: "The server's checkout is at a1b2c3d4e5f6, not at ffffffff." }],
    });
    for (const checkout of [null, { host: 'here', kind: null, branch: null, head: null }])
      expect(codesOf(makeReport({}, { checkout }), options)).toEqual(['other_commit']);
  });
});

describe('for any report and any options', () => {
  const anyOptions = fc.record({
    require: fc.constantFrom(...CRITERION_TIERS),
    inputsOf: fc.constant(inputsOf),
    maxAgeMs: fc.option(fc.constantFrom(1000, HOUR, 2 * HOUR), { nil: undefined }),
    atCommit: fc.option(fc.constantFrom(HEAD, HEAD.slice(0, 8), 'ffffffff'), { nil: undefined }),
  });
  const anyTime = fc.option(fc.constantFrom(AT, new Date(AT.getTime() + HOUR), new Date(0)));

  it('the exit code is 0 only if the tier is known to be reached, or the caller accepts what is not known', () => {
    let met = 0;
    fc.assert(
      fc.property(anyReport, anyOptions, anyTime, fc.boolean(), (report, options, at, allowUnknown) => {
        const decision = decideGate({ report, at }, options);
        const result = { decision, report, waitedMs: 0 };
        const answer = toGateAnswer({ ...options, slug: 'widget', waitMs: 0 }, result, allowUnknown);
        expect(answer.exit_code === 4 || answer.unknown_allowed).toBe(decision.outcome === 'unknown');
        if (answer.unknown_allowed) expect(answer).toMatchObject({ exit_code: 0, outcome: 'unknown' });
        if (answer.exit_code === 4) expect(answer.reasons.length).toBeGreaterThan(0);
        if (answer.exit_code === 1) expect(answer.missing.length).toBeGreaterThan(0);
        if (decision.outcome !== 'met') return;
        met += 1;
        const upTo = CRITERION_TIERS.slice(0, CRITERION_TIERS.indexOf(options.require) + 1);
        for (const id of upTo.flatMap((tier) => TIER_CRITERIA[tier])) {
          const verdicts = report.criteria.filter((verdict) => verdict.id === id);
          expect(verdicts.length).toBeGreaterThan(0);
          expect(verdicts.every(({ status }) => counts(status))).toBe(true);
        }
        const isFresh = !report.stale && report.stale_reasons.length === 0;
        const age = (at?.getTime() ?? Number.NaN) - Date.parse(CHECKED_AT);
        expect(isFresh || (options.maxAgeMs !== undefined && age < options.maxAgeMs)).toBe(true);
        if (options.atCommit !== undefined) expect(report.checkout?.head).toContain(options.atCommit);
      }),
      { numRuns: 2000 },
    );
    // Without any, nothing of the above was tried.
    expect(met).toBeGreaterThan(10);
  });
});
