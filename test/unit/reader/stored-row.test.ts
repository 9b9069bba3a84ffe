/** Tests of what a read makes of a stored row. */
import { expect, it } from 'vitest';
import { type ReaderDependencies, toReport, toUnverified } from '../../../src/reader/read-report.js';
import { PreparedEntries } from '../../../src/reader/summary/entries.js';
import type { StoredRow } from '../../../src/store/evaluations/read-stored.js';

const NOON = '2026-11-26T12:00:00.000Z';
const OPTIONS = {
  release: { version: '1.0.0', criteriaDigest: 'x', builtAt: NOON },
  limits: { any: 1, checker: 1 },
  observedLimitMs: 60_000,
  contactLimitMs: 600_000,
};

/** A row, and how often its paths, which have to be parsed, were read. */
function countedRow() {
  let parses = 0;
  const row = {
    ...{ repo_id: 'id', slug: 'widget', name: 'widget', status: 'active', domain_id: null, local_path: null },
    ...{ remote_url: null, last_sbom_at: null, domain_slug: null, tpsc_count: 0, goals_active: 0 },
    ...{ repo_version: 'r', tpsc_version: 't', goal_version: 'g', fingerprint: null, criteria: [] },
    ...{ now: NOON, clock: NOON, claimed_by: null, observed: null, seen_at: null, heartbeat: null },
    ...{
      recorded_at: null,
      request_reason: null,
      failure_code: null,
      contact_failure: null,
      server_problem: null,
      trouble: null,
      full_row_version: 's',
    },
    get host_paths() {
      parses += 1;
      return '{"elsewhere": "/srv/widget"}';
    },
  };
  return { row: row as unknown as StoredRow, parses: () => parses };
}

it('when a report is read, then its row is parsed once', async () => {
  const { row, parses } = countedRow();
  const { answer } = await toReport({ ...OPTIONS, host: 'here' } as ReaderDependencies, row);
  expect(answer).toMatchObject({ stale: true, verified: 'registry', checkout: { host: 'elsewhere' } });
  expect(parses()).toBe(1);
});

it('when reading the checkout takes too long, then the report says that it was not compared', () => {
  const { answer, verifiedAt } = toUnverified(OPTIONS, countedRow().row);
  expect([answer.verified, verifiedAt]).toEqual(['registry', NOON]);
});

it('when entries of the summary are compared again, then no row is parsed again', () => {
  const { row, parses } = countedRow();
  const entries = new PreparedEntries(OPTIONS);
  entries.take(['id'], [row], Date.parse(NOON));
  entries.compareAll(Date.parse(NOON) + 1);
  expect([entries.inOrder().length, parses()]).toEqual([1, 1]);
});
