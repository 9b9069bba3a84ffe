/** Tests of what a report says of the place of a repository, and of what failed there. */
import { describe, expect, it } from 'vitest';
import { bareVersion } from '../../../src/domain/checkout-version.js';
import { joinFingerprint, type Versions } from '../../../src/domain/fingerprint.js';
import { staleReasons } from '../../../src/domain/freshness.js';
import { VERSIONED_KEYS } from '../../../src/domain/input.js';
import { observedNow, unverifiedNow } from '../../../src/inputs/now.js';
import { isBroken, toReportAnswer } from '../../../src/reader/report-answer.js';
import { toKnown, toStored } from '../../../src/reader/stored-row.js';
import { toJudged } from '../../../src/reader/summary/read-summary.js';
import type { StoredRow } from '../../../src/store/evaluations/read-stored.js';

const NOON = '2026-11-26T12:00:00.000Z';
const BEFORE = '2026-11-26T11:59:00.123456Z';
const COMMIT = 'a'.repeat(40);
const OPTIONS = {
  release: { version: '1.0.0', criteriaDigest: 'x', builtAt: NOON },
  limits: { any: 3_600_000, checker: 3_600_000 },
  observedLimitMs: 60_000,
  contactLimitMs: 600_000,
};

const fingerprint = (checkout: string) =>
  joinFingerprint({
    ...(Object.fromEntries(VERSIONED_KEYS.map((key) => [key, 'absent'])) as Versions),
    ...{ repo: 'r', tpsc: 't', goal: 'g', domain: 'none', checkout, criteria: '1.0.0#x' },
  });

/** A repository that the host `srv` observed at noon; never judged. */
function row(checkout: string, change: object = {}): StoredRow {
  return {
    ...{ repo_id: 'id', slug: 'widget', name: 'widget', status: 'active', domain_id: null, local_path: null },
    ...{ remote_url: null, last_sbom_at: null, domain_slug: null, tpsc_count: 0, goals_active: 0 },
    ...{ host_paths: '{"srv": "/srv/widget.git"}', fingerprint: null, criteria: [], tier: null },
    ...{ repo_version: 'r', tpsc_version: 't', goal_version: 'g', checked_at: null, checked_exact: null },
    ...{ now: NOON, clock: NOON, claimed_by: 'srv', observed: fingerprint(checkout), seen_at: NOON },
    ...{ heartbeat: null, heartbeat_exact: null, recorded_at: NOON.replace('Z', '000Z') },
    ...{
      request_reason: null,
      failure_code: null,
      contact_failure: null,
      server_problem: null,
      trouble: null,
    },
    ...{
      pushed_branch: null,
      pushed_head: null,
      pushed_at: null,
      pushed_exact: null,
      pushed_updated_at: null,
    },
    ...{
      observed_head: null,
      observed_head_at: null,
      source_id: null,
      source_branch: null,
      mirror_host: null,
    },
    ...{ contacted_at: null, contact_head: null },
    ...change,
  } as unknown as StoredRow;
}

const BARE = bareVersion('srv', '/srv/widget.git', 'fix-#1');
const OBSERVED = { observed_head: COMMIT, observed_head_at: '2026-11-20T09:00:00.000Z' };
const MIRROR = {
  ...{ ...OBSERVED, source_id: 'id', mirror_host: 'srv' },
  ...{ contacted_at: BEFORE, contact_head: COMMIT },
};

function read(stored: StoredRow) {
  const now = observedNow(toKnown(stored), OPTIONS);
  return toReportAnswer({ row: stored, now, reasons: staleReasons(toStored(stored), now) });
}

describe('the checkout of a report', () => {
  it('when it is a working folder on another host, then its kind is known, and no commit', () => {
    const { checkout } = read(row('srv:/srv/widget#1:2'));
    const unknown = { branch: null, head: null, head_at: null, contacted_at: null, contact_head: null };
    expect(checkout).toMatchObject({ host: 'srv', kind: 'working', ...unknown });
  });

  it('when it is a bare repository on another host, then it has the commit that was judged there', () => {
    expect(read(row(BARE, OBSERVED)).checkout).toMatchObject({
      ...{ kind: 'bare', branch: 'fix-#1', head: COMMIT, head_at: OBSERVED.observed_head_at, behind: null },
      ...{ contacted_at: null, contact_head: null },
    });
  });

  it('when it is a mirror, then it says when its remote was last reached, and at which commit', () => {
    const report = read(row(BARE, MIRROR));
    expect(report.verified).toBe('remote');
    expect(report.checkout).toMatchObject({
      ...{ kind: 'mirror', branch: 'fix-#1', head: COMMIT, behind: null },
      ...{ contacted_at: '2026-11-26T11:59:00.123Z', contact_head: COMMIT },
    });
    const never = { source_id: 'id', mirror_host: 'srv' };
    expect(read(row('srv:/srv/widget.git#absent', never)).checkout).toMatchObject({
      ...{ kind: 'mirror', branch: null, head: null, contacted_at: null, contact_head: null },
    });
  });

  it('when its host does not report, then its kind is not known, and that it is a mirror is', () => {
    const of = (stored: StoredRow) => {
      const now = unverifiedNow(toKnown(stored), 'unknown.', OPTIONS);
      return toReportAnswer({ row: stored, now, reasons: [] }).checkout;
    };
    expect(of(row(BARE, OBSERVED))).toMatchObject({ kind: null, head: null, head_at: null });
    expect(of(row(BARE, MIRROR))).toMatchObject({ kind: 'mirror', head: null, contact_head: COMMIT });
  });
});

describe('the failure of a report', () => {
  const failed = (code: string) => ({
    code,
    message: `${code}.`,
    remedy: 'Do it.',
    other: 'of another release',
  });
  const shown = (code: string) => ({ code, message: `${code}.`, remedy: 'Do it.' });
  const CONTACT = {
    ...{
      contact_failure: failed('remote_gone'),
      contact_attempts: 2,
      contact_since: 'T1',
      contact_last_at: 'T2',
    },
  };
  const SERVER = {
    ...{
      server_problem: failed('remote_limited'),
      server_attempts: 3,
      server_since: 'T3',
      server_last_at: 'T4',
    },
  };
  const START = {
    ...{ failure_code: 'checker_crashed', failure_message: 'checker_crashed.', failure_remedy: 'Do it.' },
    ...{ failure_attempts: 1, failure_since: 'T5', failure_last_at: 'T6' },
  };

  it('when starts, contacts and the server failed, then it is the first of these', () => {
    const all = { ...MIRROR, ...SERVER, ...CONTACT, ...START };
    expect(read(row(BARE, all)).failure).toEqual({
      ...{ ...shown('checker_crashed'), attempts: 1, since: 'T5', last_at: 'T6' },
    });
    expect(read(row(BARE, { ...all, failure_code: null })).failure).toEqual({
      ...{ ...shown('remote_gone'), attempts: 2, since: 'T1', last_at: 'T2' },
    });
    expect(read(row(BARE, { ...MIRROR, ...SERVER })).failure).toEqual({
      ...{ ...shown('remote_limited'), attempts: 3, since: 'T3', last_at: 'T4' },
    });
    expect(read(row(BARE, MIRROR)).failure).toBeNull();
  });

  it('when only the server has a problem, then the repository is not broken', () => {
    expect([START, CONTACT, SERVER].map((change) => isBroken(row(BARE, change)))).toEqual([
      true,
      true,
      false,
    ]);
    expect(toJudged(row(BARE, CONTACT)).broken).toBe(true);
  });
});
