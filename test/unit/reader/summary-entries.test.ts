/** Tests of the fleet as it is known, without a database: what a beat vouches for, and when time alone changes something. */
import { describe, expect, it } from 'vitest';
import { CRITERION_IDS } from '../../../src/domain/verdict.js';
import { PreparedEntries } from '../../../src/reader/summary/entries.js';
import type { StoredRow } from '../../../src/store/evaluations/read-stored.js';

const LIMITS = { any: 3_600_000, checker: 3_600_000 };
const SETTINGS = {
  release: { version: '1.0.0', criteriaDigest: 'x', builtAt: '2026-03-20T10:42:07.000Z' },
  limits: LIMITS,
  observedLimitMs: 60_000,
};
const NOON = Date.parse('2026-11-26T12:00:00.000Z');
const iso = (at: number) => new Date(at).toISOString();
const exact = (at: number) => iso(at).replace('Z', '000Z');

const VERSIONS = {
  ...{ repo: 'r', tpsc: 't', goal: 'g', 'SCOPE.md': 'absent', 'CLAUDE.md': 'absent', 'tpsc.yaml': 'absent' },
  ...{
    domain: 'none',
    checkout: 'c',
    '.claude/CLAUDE.md': 'absent',
    '.claude/rules': 'absent',
    workplans: 'w',
    checker: 'k',
  },
};
const fingerprint = (change: object = {}) =>
  Object.entries({ ...VERSIONS, ...change, criteria: '1.0.0#x' })
    .map(([key, version]) => `${key}:${version}`)
    .join('|');

/** A row that was judged and recorded at noon. */
function row(change: Partial<StoredRow> = {}): StoredRow {
  return {
    ...{ repo_id: 'id', slug: 'widget', name: 'widget', status: 'active', domain_id: null, local_path: '/x' },
    ...{ remote_url: null, host_paths: null, last_sbom_at: null, domain_slug: null, domain_status: null },
    ...{ tpsc_count: 0, goals_active: 0, repo_version: 'r', tpsc_version: 't', goal_version: 'g' },
    ...{ tier: 'none', core_pass: false, standard_pass: false, full_pass: false, criteria: [], ours: true },
    ...{ fingerprint: fingerprint(), checked_at: iso(NOON), checked_exact: exact(NOON) },
    judged_at: Object.fromEntries(CRITERION_IDS.map((id) => [id, iso(NOON)])),
    ...{ failure_code: null, claimed_by: 'here', observed: fingerprint(), seen_at: iso(NOON) },
    ...{ recorded_at: exact(NOON), full_stamp: 'first', now: iso(NOON) },
    ...change,
  } as StoredRow;
}

const beats = (at: number) => new Map([['here', { heartbeat: iso(at), heartbeat_exact: exact(at) }]]);
const entryOf = (fleet: PreparedEntries) => fleet.inOrder()[0]?.entry;

function known(change: Partial<StoredRow> = {}): PreparedEntries {
  const fleet = new PreparedEntries(SETTINGS);
  fleet.take(['id'], [row(change)], NOON);
  return fleet;
}

describe('what a host has seen', () => {
  it('is fresh for as long as it may be old, and stale from then on, by time alone', () => {
    const fleet = known();
    expect(entryOf(fleet)).toMatchObject({ stale: false, verified: 'observed' });
    expect(fleet.nextChange).toBe(NOON + 60_001);
    fleet.passTime(NOON + 60_000);
    expect(entryOf(fleet)).toMatchObject({ stale: false });
    fleet.passTime(NOON + 60_001);
    expect(entryOf(fleet)).toMatchObject({ stale: true, verified: 'registry' });
  });

  it('is known for longer by a later beat, without being compared again', () => {
    const fleet = known();
    const shown = fleet.inOrder();
    fleet.takeHeartbeats(beats(NOON + 30_000), NOON + 30_000);
    fleet.passTime(NOON + 60_001);
    expect(fleet.inOrder()).toBe(shown);
    expect(fleet.nextChange).toBe(NOON + 90_001);
    expect(fleet.knownAsOf()).toBe(NOON + 30_000);
  });

  it('is not vouched for by a beat that was before it was recorded', () => {
    const fleet = known({ recorded_at: exact(NOON + 20_000), seen_at: iso(NOON + 19_000) });
    fleet.takeHeartbeats(beats(NOON + 10_000), NOON + 20_000);
    expect(fleet.knownAsOf()).toBe(NOON + 19_000);
  });

  it('is stale where its host is gone or its beat was set back, and known again by the next', () => {
    const fleet = known({ seen_at: iso(NOON - 120_000), recorded_at: exact(NOON - 120_000) });
    expect(entryOf(fleet)).toMatchObject({ stale: true });
    fleet.takeHeartbeats(beats(NOON), NOON);
    expect(entryOf(fleet)).toMatchObject({ stale: false, verified: 'observed' });
    fleet.takeHeartbeats(new Map(), NOON);
    expect(entryOf(fleet)).toMatchObject({ stale: true, verified: 'registry' });
    fleet.takeHeartbeats(beats(NOON), NOON);
    fleet.takeHeartbeats(beats(NOON - 90_000), NOON);
    expect(entryOf(fleet)).toMatchObject({ stale: true, verified: 'registry' });
  });
});

describe('a verdict', () => {
  it('is over its age at that time', () => {
    const fleet = known({ judged_at: { ...row().judged_at, C3: iso(NOON - LIMITS.any + 5000) } });
    expect(fleet.nextChange).toBe(NOON + 5001);
    fleet.passTime(NOON + 5001);
    expect(entryOf(fleet)).toMatchObject({ stale: true, stale_reasons: [{ code: 'over_age' }] });
  });
});

describe('what was written', () => {
  it('is told by its stamp, and so is what is new or gone', () => {
    const fleet = known();
    expect(fleet.changedSince(new Map([['id', 'first']]))).toEqual([]);
    expect(fleet.changedSince(new Map([['id', 'second']]))).toEqual(['id']);
    expect(fleet.changedSince(new Map([['other', 'x']])).sort()).toEqual(['id', 'other']);
    fleet.take(['id'], [], NOON);
    expect(fleet.inOrder()).toEqual([]);
  });

  it('is another list only where an entry shows something else', () => {
    const fleet = known();
    const shown = fleet.inOrder();
    fleet.take(['id'], [row({ full_stamp: 'second' })], NOON);
    expect(fleet.inOrder()).toBe(shown);
    expect(fleet.changedSince(new Map([['id', 'second']]))).toEqual([]);
    fleet.take(['id'], [row({ observed: fingerprint({ checkout: 'another' }) })], NOON);
    expect(entryOf(fleet)).toMatchObject({ stale: true, stale_reasons: [{ input: 'checkout' }] });
  });
});
