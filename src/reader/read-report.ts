/** Reads the report of one repository: the stored one, at once, and whether it still holds. */

import type { RefreshAnswer, ReportAnswer } from '../api/report.js';
import type { HeadState } from '../checkout/read-head.js';
import type { PushedCommit } from '../domain/git-remote.js';
import { checkoutPath } from '../domain/home.js';
import { hostNotVerified } from '../inputs/probe/assemble-versions.js';
import { probeCheckerVersion } from '../inputs/probe/checker-version.js';
import type { CheckoutProber } from '../inputs/probe/checkout-prober.js';
import type { CheckerSettings } from '../platform/config.js';
import type { Sql } from '../platform/postgres/sql.js';
import { readStoredRows, type StoredRow } from '../store/evaluations/read-stored.js';
import { voidQuietly } from '../store/hosts/future-times.js';
import { toSnapshot } from '../store/repositories/registry-columns.js';
import { unknownRepository } from '../store/repositories/unknown-repository.js';
import { toRefresh, toReportAnswer } from './report-answer.js';
import {
  type HostSight,
  homeOf,
  isOfTheFuture,
  observedSight,
  type VerifySettings,
  verifyRow,
} from './verify.js';

export interface ReaderDependencies extends VerifySettings {
  readonly sql: Sql;
  readonly prober: CheckoutProber;
  /** The name of this host: the checkouts of repositories that are at home here are probed. */
  readonly host: string;
  readonly checker: CheckerSettings;
  readonly searchPath: string;
  readonly probeTimeoutMs: number;
  readonly runningLimitMs: number;
}

export interface ReadReport {
  readonly answer: ReportAnswer;
  /** When the oldest probe used began, in ISO 8601. */
  readonly verifiedAt: string;
}

/**
 * Reads one report. It never evaluates, and needs no Redis.
 * @throws {DoiError} `unknown_repository`, `database_unavailable`
 */
export async function readReport(deps: ReaderDependencies, slug: string): Promise<ReadReport> {
  const [row] = await readStoredRows(deps.sql, { slugs: [slug], runningLimitMs: deps.runningLimitMs });
  if (row === undefined) throw await unknownRepository(deps.sql, [slug]);
  return toReport(deps, row);
}

/** Makes the report of a row, compared with what is there now as far as this host can look. */
export async function toReport(deps: ReaderDependencies, row: StoredRow): Promise<ReadReport> {
  const isHere = homeOf(row) === deps.host;
  if (isOfTheFuture(row)) await voidQuietly(deps.sql);
  const { sight, head } = isHere
    ? await probeHere(deps, row)
    : { sight: observedSight(row, deps.observedLimitMs), head: null };
  const verified = verifyRow(row, sight, deps);
  return { answer: toReportAnswer(verified, head), verifiedAt: verified.verifiedAt };
}

/** Makes the report of a row with nothing compared but the registry, as the checkout took too long. */
export function toUnverified(deps: VerifySettings, row: StoredRow): ReadReport {
  const verified = verifyRow(row, notVerified('reading the checkout took too long.'), deps);
  return { answer: toReportAnswer(verified, null), verifiedAt: verified.verifiedAt };
}

function notVerified(why: string): HostSight {
  return { versions: hostNotVerified(why), verified: 'registry', verifiedAt: null };
}

async function probeHere(
  deps: ReaderDependencies,
  row: StoredRow,
): Promise<{ sight: HostSight; head: HeadState | null }> {
  const target = {
    id: row.repo_id,
    host: deps.host,
    path: checkoutPath(toSnapshot(row).repo, deps.host),
    pushed: pushedTo(row),
  };
  const outcomes = await deps.prober.probe([target], { timeoutMs: deps.probeTimeoutMs, head: true });
  const outcome = outcomes.get(target.id);
  if (outcome === undefined || 'failed' in outcome) {
    return { sight: notVerified(outcome?.failed ?? 'the checkout was not probed.'), head: null };
  }
  const versions = { ...outcome.versions, checker: probeCheckerVersion(deps.checker, deps.searchPath) };
  // The snapshot was taken before the files were looked at.
  return {
    sight: { versions, verified: outcome.isCached ? 'cached' : 'probed', verifiedAt: row.now },
    head: outcome.head,
  };
}

function pushedTo({ pushed_branch: branch, pushed_head: head }: StoredRow): PushedCommit | undefined {
  return branch === null || head === null ? undefined : { branch, head };
}

/**
 * The open request of a repository, as its report shows it; null where there is none (any more).
 * @throws {DoiError} `database_unavailable`
 */
export async function readRefresh(
  sql: Sql,
  { slug, runningLimitMs }: { readonly slug: string; readonly runningLimitMs: number },
): Promise<RefreshAnswer | null> {
  const [row] = await readStoredRows(sql, { slugs: [slug], runningLimitMs });
  return row === undefined ? null : toRefresh(row);
}
