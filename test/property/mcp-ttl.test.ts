import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiReads } from '../../src/mcp/api-reads.js';
import { freshForMs, readTtlMs } from '../../src/mcp/fresh-for.js';
import { SummaryMemory } from '../../src/mcp/summary-memory.js';
import { apiOf } from '../helpers/mcp-client.js';
import { reportWith } from '../unit/mcp/made-answers.js';

const DAY = 86_400_000;
const span = (max: number) => fc.double({ min: 0, max, noNaN: true });

/** As the server says it: whole seconds, rounded down, negative where the bound has passed. */
const cacheStatusOf = (boundMs: number, ageMs: number, isExact = false) => {
  const exact = isExact ? `; doi-ttl-ms=${Math.max(0, Math.floor(boundMs - ageMs))}` : '';
  return `doi-worker; hit; ttl=${Math.floor((boundMs - ageMs) / 1000)}${exact}`;
};

describe('a resource that was kept within its ttlMs', () => {
  it('is never older than its freshness bound when it is used', () => {
    fc.assert(
      fc.property(
        ...[span(2 * DAY), span(2 * DAY), span(60_000), span(60_000), span(1), fc.boolean(), fc.boolean()],
        (boundMs, ageMs, toServerMs, toClientMs, share, stale, isExact) => {
          const verifiedAt = 0;
          const answeredAt = verifiedAt + ageMs;
          const requestedAt = answeredAt - toServerMs;
          const handedOnAt = answeredAt + toClientMs;
          const cacheStatus = cacheStatusOf(boundMs, ageMs, isExact);
          const ttlMs = freshForMs({ cacheStatus, stale, requestedAt, handedOnAt });
          expect(ttlMs).toBeGreaterThanOrEqual(0);
          expect(Number.isSafeInteger(ttlMs)).toBe(true);
          if (stale) expect(ttlMs).toBe(0);
          // One that may not be kept is not used later.
          if (ttlMs === 0) return;
          const usedAt = handedOnAt + ttlMs * share;
          expect(usedAt - verifiedAt).toBeLessThanOrEqual(boundMs);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('is kept for nearly all that is left of the bound', () => {
    const handedOnAt = 10_100;
    const ttlMs = freshForMs({
      cacheStatus: cacheStatusOf(60_000, 500),
      stale: false,
      requestedAt: 10_000,
      handedOnAt,
    });
    expect(ttlMs).toBe(58_900);
  });

  it('is kept for the rest of a bound below a second', () => {
    const cacheStatus = cacheStatusOf(1000, 20, true);
    expect(freshForMs({ cacheStatus, stale: false, requestedAt: 0, handedOnAt: 30 })).toBe(950);
  });
});

describe('the ttlMs of a report', () => {
  it('is what is left when it is handed on: making the answer from it takes time too', async () => {
    let now = 0;
    const cached = { 'cache-status': 'doi-worker; hit; ttl=10' };
    const reads = new ApiReads({
      api: apiOf({ '/repos/widget/doi': reportWith('x') }, cached),
      ...{ tokenRemedies: { read: '', write: '' }, memory: new SummaryMemory(), elapsed: () => now },
    });
    const { ttlMs } = await reads.report('widget');
    expect(ttlMs()).toBe(10_000);
    now = 3000;
    expect(ttlMs()).toBe(7000);
  });
});

describe('the ttl of Cache-Status', () => {
  it.each([
    ['doi-worker; hit; ttl=12', 12],
    ['doi-worker; fwd=miss; ttl=-3; detail="stale"', -3],
    ['doi-worker;ttl=7', 7],
    ['doi-worker; hit; ttl=0; doi-ttl-ms=976', 0.976],
    ['doi-worker; hit; ttl=3; doi-ttl-ms=x', 3],
    ['nginx; hit; doi-ttl-ms=976, doi-worker; hit; ttl=2', 2],
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
    expect(readTtlMs(header)).toBe(seconds * 1000);
  });
});
