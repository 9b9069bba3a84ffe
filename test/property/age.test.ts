import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CRITERIA } from '../../src/criteria/index.js';
import type { Digests, LastEvaluation } from '../../src/domain/evaluation.js';
import { joinFingerprint, type Versions } from '../../src/domain/fingerprint.js';
import type { AgeLimits, JudgedAt, ProbedVersions } from '../../src/domain/freshness.js';
import { VERSIONED_KEYS } from '../../src/domain/input.js';
import { ageShare, PRIORITY } from '../../src/domain/request.js';
import { CRITERION_IDS } from '../../src/domain/verdict.js';
import type { Now } from '../../src/inputs/now.js';
import { planRequest } from '../../src/producer/plan.js';
import { decide } from '../../src/worker/decide.js';

const HOUR = 3_600_000;
const JUDGED = Date.parse('2026-03-20T12:00:00.000Z');
const LIMITS: AgeLimits = { any: 24 * HOUR, checker: 6 * HOUR };
const RELEASE = { version: '1.0.0', criteriaDigest: 'abc', builtAt: '2026-03-20T10:42:07.000Z' };

const versions = Object.fromEntries(VERSIONED_KEYS.map((key) => [key, '1'])) as unknown as Versions;
const probed = Object.fromEntries(
  VERSIONED_KEYS.map((key) => [key, { version: '1' }]),
) as unknown as ProbedVersions;
const digests = new Proxy({}, { get: () => 'same' }) as Digests;
const judgedAt: JudgedAt = Object.fromEntries(
  CRITERION_IDS.map((id) => [id, new Date(JUDGED).toISOString()]),
);
const stored = { fingerprint: joinFingerprint(versions), ours: true, judgedAt, build: null };

/** What the watch requests at an age, where nothing has changed. */
const planned = (repoId: string, ageMs: number, limits = LIMITS) => {
  const at = new Date(JUDGED + ageMs);
  const now = { registry: { repoId }, versions: probed, fingerprint: null, registryDoubt: null, limits, at };
  return planRequest(now as unknown as Now, stored, { release: RELEASE, priority: PRIORITY.watch })?.reason;
};

/** What a worker judges again at an age when nothing has changed. */
function judged(repoId: string, ageMs: number): string[] {
  const verdicts = CRITERIA.map(({ id }) => ({ id }));
  const last = { versions, digests, judgedAt, verdicts } as unknown as LastEvaluation;
  const settings = { limits: LIMITS, at: new Date(JUDGED + ageMs), share: ageShare(repoId) };
  return decide(CRITERIA, { last, digests }, settings).run.map(({ id }) => id);
}

describe('a thousand repositories that were judged at one moment', () => {
  it('are due for judging again spread evenly between 0.7 and 0.9 of the limit', () => {
    const thousand = fc.uniqueArray(fc.uuid(), { minLength: 1000, maxLength: 1000 });
    const limits = { any: 24 * HOUR, checker: 24 * HOUR };
    fc.assert(
      // As random as ids are: the generator's own favours what is at the ends.
      fc.property(fc.noBias(thousand), (ids) => {
        const isDue = (share: number) =>
          ids.filter((id) => planned(id, share * 24 * HOUR, limits) !== undefined).length;
        expect(isDue(0.6999)).toBe(0);
        expect(isDue(0.9001)).toBe(1000);
        // A tenth of them in each fiftieth of the limit; of ten million such thousands one is further off.
        for (let tenth = 1; tenth < 10; tenth += 1)
          expect(Math.abs(isDue(0.7 + 0.02 * tenth) - 100 * tenth)).toBeLessThan(90);
      }),
      { numRuns: 5 },
    );
  });
});

describe('a verdict near its age', () => {
  const age = fc.integer({ min: 0, max: 30 * HOUR });

  it('is judged again by the worker whenever the watch requests it, so that the watch does not request it at each pass', () => {
    fc.assert(
      fc.property(fc.uuid(), age, fc.nat(HOUR), (repoId, ageMs, later) => {
        if (planned(repoId, ageMs) === undefined) return;
        expect(judged(repoId, ageMs + later)).not.toEqual([]);
      }),
    );
  });

  it('is kept by the worker when the watch does not request it', () => {
    fc.assert(
      fc.property(fc.uuid(), age, (repoId, ageMs) => {
        expect(judged(repoId, ageMs).length > 0).toBe(planned(repoId, ageMs) !== undefined);
      }),
    );
  });

  it('is requested by the watch before it exceeds its limit', () => {
    fc.assert(
      fc.property(
        fc.uuid(),
        fc.integer({ min: Math.ceil(0.9 * 6 * HOUR), max: 6 * HOUR }),
        (repoId, ageMs) => {
          expect(planned(repoId, ageMs)).toBe('over its age');
        },
      ),
    );
  });
});
