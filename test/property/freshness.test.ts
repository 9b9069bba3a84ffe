import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinFingerprint, UNSTABLE, type Versions } from '../../src/domain/fingerprint.js';
import {
  type AgeLimits,
  type JudgedAt,
  overAge,
  type ProbedVersion,
  type ProbedVersions,
  type StaleReason,
  type StoredState,
  staleReasons,
} from '../../src/domain/freshness.js';
import { VERSIONED_KEYS, type VersionedKey } from '../../src/domain/input.js';
import { CRITERION_IDS, type CriterionId } from '../../src/domain/verdict.js';

const HOUR = 3_600_000;
const NOW = new Date('2026-03-20T12:00:00.000Z');
const LIMITS: AgeLimits = { any: 24 * HOUR, checker: 6 * HOUR };
/** Hosts' clocks may differ by so much. */
const TOLERANCE = 60_000;

const version = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('absent', '1#a', 'x#1:2'),
);
const versions = everyKey(version);
const keys = fc.subarray([...VERSIONED_KEYS]);
const someKeys = fc.subarray([...VERSIONED_KEYS], { minLength: 1 });

function everyKey<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<Record<VersionedKey, T>> {
  return fc.record(Object.fromEntries(VERSIONED_KEYS.map((key) => [key, arbitrary]))) as never;
}

function probedOf(now: Versions): Record<VersionedKey, ProbedVersion> {
  return Object.fromEntries(VERSIONED_KEYS.map((key) => [key, { version: now[key] }])) as never;
}

function judgedAll(ageMs: number): JudgedAt {
  const at = new Date(NOW.getTime() - ageMs).toISOString();
  return Object.fromEntries(CRITERION_IDS.map((id) => [id, at]));
}

function storedOf(was: Versions, judgedAt: JudgedAt = judgedAll(HOUR), ours = true): StoredState {
  return { fingerprint: joinFingerprint(was), ours, judgedAt };
}

const at = (versions: ProbedVersions, time = NOW, registryDoubt: string | null = null) => ({
  ...{ versions, registryDoubt, limits: LIMITS, remote: null, contactLimitMs: HOUR },
  at: time,
});
const reasons = (stored: StoredState | null, probed: ProbedVersions) => staleReasons(stored, at(probed));
const inputsOf = (list: readonly StaleReason[]) => list.map(({ input }) => input);

describe('the reasons why a report is stale', () => {
  it('are none when every version is the stored one and no verdict is old', () => {
    fc.assert(
      fc.property(versions, (now) => {
        expect(reasons(storedOf(now), probedOf(now))).toEqual([]);
      }),
    );
  });

  it('name exactly the inputs that differ, in the fingerprint’s order, with both versions', () => {
    fc.assert(
      fc.property(versions, versions, keys, (was, other, same) => {
        const now = { ...other };
        for (const key of same) now[key] = was[key];
        const found = reasons(storedOf(was), probedOf(now));
        expect(inputsOf(found)).toEqual(VERSIONED_KEYS.filter((key) => was[key] !== now[key]));
        for (const { input, was: before, now: after, code } of found) {
          const key = input as VersionedKey;
          expect([before, after]).toEqual([was[key], now[key]]);
          expect(code).toBe(was[key] === now[key] + UNSTABLE ? 'unsettled' : 'input_changed');
        }
      }),
    );
  });

  it('name every input that could not be probed, even where the stored version would be the same', () => {
    fc.assert(
      fc.property(versions, someKeys, fc.string(), (was, unknown, why) => {
        const probed = probedOf(was);
        for (const key of unknown) probed[key] = { notVerified: why };
        const found = reasons(storedOf(was), probed);
        expect(inputsOf(found)).toEqual(unknown);
        for (const { code, now, text } of found) {
          expect([code, now]).toEqual(['not_verified', null]);
          expect(text).toContain(why);
        }
      }),
    );
  });

  it('name every input that was still changing when it was judged, since no probe gives such a version', () => {
    fc.assert(
      fc.property(versions, someKeys, (now, moving) => {
        const was = { ...now };
        for (const key of moving) was[key] += UNSTABLE;
        const found = reasons(storedOf(was), probedOf(now));
        expect(found.map(({ input, code }) => [input, code])).toEqual(
          moving.map((key) => [key, 'unsettled']),
        );
      }),
    );
  });

  it('are one, about the row, when there is none or another program wrote it', () => {
    const garbage = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constant('2026-03-20|None|None|SCOPE.md:1773967639'),
    );
    fc.assert(
      fc.property(versions, garbage, (now, text) => {
        const probed = probedOf(now);
        const never = reasons(null, probed);
        expect(never).toMatchObject([{ input: 'row', code: 'never_evaluated', was: null, now: null }]);
        const foreign = { input: 'row', code: 'foreign_row', was: null, now: null };
        expect(reasons(storedOf(now, judgedAll(0), false), probed)).toMatchObject([foreign]);
        expect(reasons({ ...storedOf(now), fingerprint: text }, probed)).toMatchObject([foreign]);
      }),
    );
  });

  it('are never none when anything at all differs, however much else is the same', () => {
    const spoil = fc.constantFrom(
      'differs',
      'not-verified',
      'unsettled',
      'old',
      'future',
      'unjudged',
      'foreign',
    );
    fc.assert(
      fc.property(versions, spoil, fc.nat(), (was, how, pick) => {
        const key = VERSIONED_KEYS[pick % VERSIONED_KEYS.length] as VersionedKey;
        const id = CRITERION_IDS[pick % CRITERION_IDS.length] as CriterionId;
        const probed = probedOf(was);
        const stored = { ...was };
        const judgedAt: Partial<Record<CriterionId, string>> = { ...judgedAll(HOUR) };
        if (how === 'differs') probed[key] = { version: `${was[key]}!` };
        if (how === 'not-verified') probed[key] = { notVerified: 'it hangs.' };
        if (how === 'unsettled') stored[key] += UNSTABLE;
        if (how === 'old') judgedAt[id] = new Date(NOW.getTime() - LIMITS.any - 1).toISOString();
        if (how === 'future') judgedAt[id] = new Date(NOW.getTime() + TOLERANCE + 1).toISOString();
        if (how === 'unjudged') delete judgedAt[id];
        const found = reasons(storedOf(stored, judgedAt, how !== 'foreign'), probed);
        expect(found).toHaveLength(1);
        expect(found[0]?.text).toMatch(/\.$/);
      }),
      { numRuns: 500 },
    );
  });

  it('are a doubt about the registry where nothing else is stale, and only there', () => {
    const doubt = 'it differs from the one that its host last probed.';
    fc.assert(
      fc.property(versions, versions, (was, now) => {
        const found = reasons(storedOf(was), probedOf(now));
        const doubted = staleReasons(storedOf(was), at(probedOf(now), NOW, doubt));
        if (found.length > 0) expect(doubted).toEqual(found);
        else expect(doubted).toMatchObject([{ input: 'repo', code: 'not_verified' }]);
        expect(staleReasons(storedOf(was), at(probedOf(was), NOW, doubt))).toHaveLength(1);
      }),
    );
  });

  it('are the same whenever they are read, as long as nothing grows over its age', () => {
    fc.assert(
      fc.property(versions, versions, fc.integer({ min: 0, max: 5 * HOUR }), (was, now, later) => {
        const stored = storedOf(was, judgedAll(0));
        const time = new Date(NOW.getTime() + later);
        expect(staleReasons(stored, at(probedOf(now), time))).toEqual(reasons(stored, probedOf(now)));
      }),
    );
  });
});

describe('the age of a verdict', () => {
  const age = fc.oneof(
    fc.integer({ min: -48 * HOUR, max: 48 * HOUR }),
    fc.constantFrom(
      LIMITS.any,
      LIMITS.any + 1,
      LIMITS.checker,
      LIMITS.checker + 1,
      -TOLERANCE,
      -TOLERANCE - 1,
    ),
  );
  const ages = fc.array(age, { minLength: CRITERION_IDS.length, maxLength: CRITERION_IDS.length });
  const judged = (list: readonly number[]): JudgedAt =>
    Object.fromEntries(
      CRITERION_IDS.map((id, at) => [id, new Date(NOW.getTime() - (list[at] ?? 0)).toISOString()]),
    );

  it('is exceeded when it is above the limit, or in the future by more than clocks differ', () => {
    fc.assert(
      fc.property(ages, (list) => {
        const limit = (id: CriterionId) => (id === 'C7' || id === 'C13' ? LIMITS.checker : LIMITS.any);
        const wanted = CRITERION_IDS.filter(
          (id, at) => (list[at] ?? 0) > limit(id) || (list[at] ?? 0) < -TOLERANCE,
        );
        expect(overAge(judged(list), LIMITS, NOW)).toEqual(wanted);
      }),
    );
  });

  it('exceeds a share of its limit before it exceeds the limit', () => {
    fc.assert(
      fc.property(ages, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
        const early = overAge(judged(list), LIMITS, NOW, share);
        expect(early).toEqual(expect.arrayContaining(overAge(judged(list), LIMITS, NOW)));
      }),
    );
  });

  it('is exceeded when the time is not a time', () => {
    fc.assert(
      fc.property(fc.constantFrom('', 'yesterday', '0', 'null', '2026-13-45'), (text) => {
        const at = { ...judgedAll(HOUR), C5: text };
        const wanted = Number.isNaN(Date.parse(text)) || Date.parse(text) < NOW.getTime() - LIMITS.any;
        expect(overAge(at, LIMITS, NOW)).toEqual(wanted ? ['C5'] : []);
      }),
    );
  });

  it('does not let the checker be older than anything else, whatever its own limit', () => {
    const limits = { any: HOUR, checker: 100 * HOUR };
    expect(overAge(judgedAll(HOUR + 1), limits, NOW)).toEqual(CRITERION_IDS);
  });
});
