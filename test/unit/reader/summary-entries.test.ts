/** The prepared entries without a database: what a heartbeat covers, and when time alone changes an entry. */
import { describe, expect, it } from 'vitest';
import { CRITERION_IDS } from '../../../src/domain/verdict.js';
import { PreparedEntries } from '../../../src/reader/summary/entries.js';
import type { StoredRow } from '../../../src/store/evaluations/read-stored.js';

const LIMITS = { any: 3_600_000, checker: 3_600_000 };
const SETTINGS = {
  release: { version: '1.0.0', criteriaDigest: 'x', builtAt: '2026-03-20T10:42:07.000Z' },
  limits: LIMITS,
  observedLimitMs: 60_000,
  contactLimitMs: 600_000,
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
    ...{ recorded_at: exact(NOON), full_row_version: 'first', now: iso(NOON) },
    ...change,
  } as StoredRow;
}

const heartbeats = (at: number) => new Map([['here', { heartbeat: iso(at), heartbeat_exact: exact(at) }]]);
const entryOf = (all: PreparedEntries) => all.inOrder()[0]?.entry;

function known(change: Partial<StoredRow> = {}): PreparedEntries {
  const all = new PreparedEntries(SETTINGS);
  all.take(['id'], [row(change)], NOON);
  return all;
}

describe('an entry that rests on an observation', () => {
  it('is fresh until the observation is too old, and then stale by time alone', () => {
    const all = known();
    expect(entryOf(all)).toMatchObject({ stale: false, verified: 'observed' });
    expect(all.nextChange).toBe(NOON + 60_001);
    all.passTime(NOON + 60_000);
    expect(entryOf(all)).toMatchObject({ stale: false });
    all.passTime(NOON + 60_001);
    expect(entryOf(all)).toMatchObject({ stale: true, verified: 'registry' });
  });

  it('holds longer after a later heartbeat, without being compared again', () => {
    const all = known();
    const shown = all.inOrder();
    all.takeHeartbeats(heartbeats(NOON + 30_000), NOON + 30_000);
    all.passTime(NOON + 60_001);
    expect(all.inOrder()).toBe(shown);
    expect(all.nextChange).toBe(NOON + 90_001);
    expect(all.knownAsOf()).toBe(NOON + 30_000);
  });

  it('is not covered by a heartbeat before the observation was recorded', () => {
    const all = known({ recorded_at: exact(NOON + 20_000), seen_at: iso(NOON + 19_000) });
    all.takeHeartbeats(heartbeats(NOON + 10_000), NOON + 20_000);
    expect(all.knownAsOf()).toBe(NOON + 19_000);
  });

  it('is stale when its host is gone or its heartbeat was set back, and fresh again after the next heartbeat', () => {
    const all = known({ seen_at: iso(NOON - 120_000), recorded_at: exact(NOON - 120_000) });
    expect(entryOf(all)).toMatchObject({ stale: true });
    all.takeHeartbeats(heartbeats(NOON), NOON);
    expect(entryOf(all)).toMatchObject({ stale: false, verified: 'observed' });
    all.takeHeartbeats(new Map(), NOON);
    expect(entryOf(all)).toMatchObject({ stale: true, verified: 'registry' });
    all.takeHeartbeats(heartbeats(NOON), NOON);
    all.takeHeartbeats(heartbeats(NOON - 90_000), NOON);
    expect(entryOf(all)).toMatchObject({ stale: true, verified: 'registry' });
  });
});

describe('an entry of a mirror', () => {
  const at = (seconds: number) => NOON + seconds * 1000;
  const mirror = (contacted: number, before: number | null) =>
    known({
      ...{ source_id: 'id', source_branch: null, mirror_host: 'here', contact_head: 'a', observed_head: 'a' },
      ...{ observed_head_at: iso(NOON), contacted_at: exact(at(contacted)) },
      ...{ contacted_before: before === null ? null : exact(at(before)) },
      ...{ seen_at: iso(at(-1)), recorded_at: exact(at(-1)), checked_exact: exact(at(-1)) },
    });

  it('whose record is older than the last contact is known as of the contact before', () => {
    const all = mirror(0, -300);
    expect(entryOf(all)).toMatchObject({ stale: false, verified: 'remote' });
    expect(all.knownAsOf()).toBe(at(-300));
    // The host had the same commit after the last contact: the entry is the same, and known as of that contact.
    all.takeHeartbeats(heartbeats(at(1)), at(1));
    expect(all.knownAsOf()).toBe(at(0));
  });

  it('whose record is as old as the last contact or younger is known as of that contact', () => {
    const all = mirror(-1, -300);
    expect(entryOf(all)).toMatchObject({ stale: false, verified: 'remote' });
    expect(all.knownAsOf()).toBe(at(-1));
  });

  it('whose record is older than each contact rests on none', () => {
    const all = mirror(0, null);
    expect(entryOf(all)).toMatchObject({ stale: true });
    expect(all.knownAsOf()).toBe(at(-1));
  });
});

describe('an entry with an old verdict', () => {
  it('is stale from the age limit on', () => {
    const all = known({ judged_at: { ...row().judged_at, C3: iso(NOON - LIMITS.any + 5000) } });
    expect(all.nextChange).toBe(NOON + 5001);
    all.passTime(NOON + 5001);
    expect(entryOf(all)).toMatchObject({ stale: true, stale_reasons: [{ code: 'over_age' }] });
  });
});

describe('a repository that was written to', () => {
  it('is found by its row version, as are new ones and those that are gone', () => {
    const all = known();
    expect(all.changedSince(new Map([['id', 'first']]))).toEqual([]);
    expect(all.changedSince(new Map([['id', 'second']]))).toEqual(['id']);
    expect(all.changedSince(new Map([['other', 'x']])).sort()).toEqual(['id', 'other']);
    all.take(['id'], [], NOON);
    expect(all.inOrder()).toEqual([]);
  });

  it('makes a new list only if its entry shows something else', () => {
    const all = known();
    const shown = all.inOrder();
    all.take(['id'], [row({ full_row_version: 'second' })], NOON);
    expect(all.inOrder()).toBe(shown);
    expect(all.changedSince(new Map([['id', 'second']]))).toEqual([]);
    all.take(['id'], [row({ observed: fingerprint({ checkout: 'another' }) })], NOON);
    expect(entryOf(all)).toMatchObject({ stale: true, stale_reasons: [{ input: 'checkout' }] });
  });
});
