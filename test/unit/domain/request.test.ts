import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isOfPerson,
  PERSON_REASON,
  PRIORITY,
  retryDelay,
  VERIFY_REASON,
} from '../../../src/domain/request.js';

const HOUR = 3_600_000;
const random = fc.double({ min: 0, max: 1, noNaN: true });
const attempts = fc.integer({ min: -3, max: 1_000_000 });

describe('the wait before a worker retries a failed evaluation', () => {
  it('never gets shorter with more failures', () => {
    fc.assert(
      fc.property(attempts, random, (count, share) => {
        expect(retryDelay(count + 1, share)).toBeGreaterThanOrEqual(retryDelay(count, share));
      }),
    );
  });

  it('lies within a fifth of its middle, and from 4 s to an hour in all', () => {
    fc.assert(
      fc.property(attempts, random, (count, share) => {
        const delay = retryDelay(count, share);
        const middle = retryDelay(count, 0.5);
        expect(delay).toBeGreaterThanOrEqual(Math.floor(0.8 * middle));
        expect(delay).toBeLessThanOrEqual(Math.ceil(1.2 * middle));
        expect(delay).toBeGreaterThanOrEqual(4_000);
        expect(delay).toBeLessThanOrEqual(HOUR);
        expect(Number.isInteger(delay)).toBe(true);
      }),
    );
  });

  it('grows with the random number, so that retries spread over two fifths of it', () => {
    fc.assert(
      fc.property(attempts, random, random, (count, one, other) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        expect(retryDelay(count, low)).toBeLessThanOrEqual(retryDelay(count, high));
      }),
    );
    expect([retryDelay(1, 0), retryDelay(1, 1)]).toEqual([4_000, 6_000]);
  });

  it('is 5 s, 30 s, 5 min and so on to 50 min, and stays that', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 500].map((count) => retryDelay(count, 0.5) / 1_000);
    expect(delays).toEqual([5, 30, 300, 1_800, 3_000, 3_000, 3_000, 3_000, 3_000]);
  });
});

describe('the priorities', () => {
  it('are in this order: person, push, watch, nightly sweep', () => {
    const { person, push, watch, nightly } = PRIORITY;
    expect([person, push, watch, nightly]).toEqual([1, 2, 5, 10]);
  });
});

describe('whether a person waits for a request', () => {
  const asked = (reason: string, collapsed = {}) => ({ priority: PRIORITY.person, reason, collapsed });
  it.each([
    ['a person asked', asked(PERSON_REASON), true],
    ['a reader wants a verified report', asked(VERIFY_REASON), false],
    ['a reader does so after a person asked', asked(VERIFY_REASON, { [PERSON_REASON]: 1 }), true],
    ['a push came', { priority: PRIORITY.push, reason: 'pushed', collapsed: {} }, false],
  ])('when %s, then it says whether a person waits', (_, request, isPerson) => {
    expect(isOfPerson(request)).toBe(isPerson);
  });
});
