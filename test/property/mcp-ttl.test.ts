import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freshForMs, readTtlSeconds } from '../../src/mcp/fresh-for.js';

const DAY = 86_400_000;
const span = (max: number) => fc.double({ min: 0, max, noNaN: true });

/** As the server says it: whole seconds, rounded down, negative where the bound has passed. */
const cacheStatusOf = (boundMs: number, ageMs: number) =>
  `doi-worker; hit; ttl=${Math.floor((boundMs - ageMs) / 1000)}`;

describe('a resource that was kept within its ttlMs', () => {
  it('is never older than its freshness bound when it is used', () => {
    fc.assert(
      fc.property(
        ...[span(2 * DAY), span(2 * DAY), span(60_000), span(60_000), span(1), fc.boolean()],
        (boundMs, ageMs, toServerMs, toClientMs, share, stale) => {
          const verifiedAt = 0;
          const answeredAt = verifiedAt + ageMs;
          const requestedAt = answeredAt - toServerMs;
          const receivedAt = answeredAt + toClientMs;
          const cacheStatus = cacheStatusOf(boundMs, ageMs);
          const ttlMs = freshForMs({ cacheStatus, stale, requestedAt, receivedAt });
          expect(ttlMs).toBeGreaterThanOrEqual(0);
          expect(Number.isSafeInteger(ttlMs)).toBe(true);
          if (stale) expect(ttlMs).toBe(0);
          // One that may not be kept is not used later.
          if (ttlMs === 0) return;
          const usedAt = receivedAt + ttlMs * share;
          expect(usedAt - verifiedAt).toBeLessThanOrEqual(boundMs);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('is kept for nearly all that is left of the bound', () => {
    const receivedAt = 10_100;
    const ttlMs = freshForMs({
      cacheStatus: cacheStatusOf(60_000, 500),
      stale: false,
      requestedAt: 10_000,
      receivedAt,
    });
    expect(ttlMs).toBe(58_900);
  });
});

describe('the ttl of Cache-Status', () => {
  it.each([
    ['doi-worker; hit; ttl=12', 12],
    ['doi-worker; fwd=miss; ttl=-3; detail="stale"', -3],
    ['doi-worker;ttl=7', 7],
    ['"a cache; ttl=99"; hit; ttl=98, doi-worker; hit; ttl=5', 5],
    ['doi-worker; hit; ttl=5, nginx; hit; ttl=99', 5],
    ['doi-worker; hit; detail="x; ttl=99"', 0],
    ['doi-worker; hit; detail="\\"; ttl=99"; ttl=2', 2],
    ['doi-worker; hit; ttl=1.5', 0],
    ['doi-worker; hit; xttl=9', 0],
    ['doi-worker-2; hit; ttl=9', 0],
    ['nginx; hit; ttl=9', 0],
    ['doi-worker; hit', 0],
    ['', 0],
    [undefined, 0],
  ])('of %j is %j', (header, seconds) => {
    expect(readTtlSeconds(header)).toBe(seconds);
  });
});
