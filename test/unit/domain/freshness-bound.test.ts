/** How old a report's verification may be, what is left of that, and whether it suffices for a client. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STALE_CODES, VERIFIED } from '../../../src/domain/freshness.js';
import {
  freshFor,
  isInTime,
  millisecondsLeft,
  type StatedFreshness,
  secondsLeft,
} from '../../../src/domain/freshness-bound.js';

const LIMITS = { freshMs: 1000, observedLimitMs: 60_000, contactLimitMs: 600_000 };
const report: fc.Arbitrary<StatedFreshness> = fc
  .record({
    verified: fc.constantFrom(...VERIFIED),
    stale_reasons: fc.array(fc.record({ code: fc.constantFrom(...STALE_CODES) }), { maxLength: 3 }),
  })
  .map((one) => ({ ...one, stale: one.stale_reasons.length > 0 }));
const ms = fc.integer({ min: 0, max: 2_000_000 });

describe('the freshness bound', () => {
  it.each([
    ['probed', 1000],
    ['cached', 1000],
    ['observed', 60_000],
    ['remote', 600_000],
    ['registry', 0],
  ] as const)('of a report that is %s is %i ms', (verified, bound) => {
    expect(freshFor(verified, LIMITS)).toBe(bound);
  });

  it('when a copy is kept for the seconds that are left, then its verification is never older than the bound', () => {
    fc.assert(
      fc.property(report, ms, fc.option(ms), (one, verifiedMs, writtenMs) => {
        const left = secondsLeft(one, { verifiedMs, writtenMs }, LIMITS);
        const exact = millisecondsLeft(one, { verifiedMs }, LIMITS);
        expect(exact === undefined ? one.stale : left === Math.floor(exact / 1000)).toBe(true);
        if (one.stale) {
          expect(left ?? -1).toBeLessThan(0);
          return;
        }
        expect(left).toBeGreaterThanOrEqual(0);
        if (left !== undefined && left > 0)
          expect(verifiedMs + left * 1000).toBeLessThanOrEqual(freshFor(one.verified, LIMITS));
      }),
    );
  });

  it('when a report is stale, then it is negative by the age of its row, and missing where it never held', () => {
    const stale = { verified: 'probed', stale: true, stale_reasons: [{ code: 'input_changed' }] } as const;
    expect(secondsLeft(stale, { verifiedMs: 0, writtenMs: 5001 }, LIMITS)).toBe(-6);
    expect(secondsLeft(stale, { verifiedMs: 0, writtenMs: 0 }, LIMITS)).toBe(-1);
    expect(secondsLeft(stale, { verifiedMs: 0, writtenMs: null }, LIMITS)).toBeUndefined();
  });
});

describe('a report that a client wants to be verified recently', () => {
  it('when it suffices, then it was compared, and is not older than wanted or was verified after the HTTP request', () => {
    fc.assert(
      fc.property(report, ms, ms, fc.oneof(fc.constant(0), ms), (one, verifiedMs, requestedMs, maxAgeMs) => {
        if (!isInTime(one, { maxAgeMs, verifiedMs, requestedMs })) return;
        expect(one.verified).not.toBe('registry');
        expect(one.stale_reasons.map(({ code }) => code)).not.toContain('not_verified');
        expect(verifiedMs).toBeLessThanOrEqual(maxAgeMs === 0 ? requestedMs : maxAgeMs);
      }),
    );
  });

  it('when it is stale but compared in time, then it suffices', () => {
    const stale = { verified: 'probed', stale: true, stale_reasons: [{ code: 'input_changed' }] } as const;
    expect(isInTime(stale, { maxAgeMs: 1000, verifiedMs: 1000, requestedMs: 0 })).toBe(true);
    expect(isInTime(stale, { maxAgeMs: 1000, verifiedMs: 1001, requestedMs: 2000 })).toBe(false);
  });
});
