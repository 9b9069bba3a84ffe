/** Makes the answers' parts from a row that was compared with the versions of now. */
import { z } from 'zod';
import {
  type CheckoutAnswer,
  type FailureAnswer,
  type LastEvaluationAnswer,
  type NextTierAnswer,
  type RefreshAnswer,
  type ReportAnswer,
  verdict,
} from '../api/report.js';
import type { CollapsedAnswer, HomeHostProblemAnswer } from '../api/terms.js';
import { readCheckoutForm } from '../domain/checkout-version.js';
import type { StaleReason } from '../domain/freshness.js';
import { checkoutPath } from '../domain/home.js';
import { cleanText } from '../domain/text.js';
import { nextTier, TIERS } from '../domain/tier.js';
import type { CriterionId, Verdict } from '../domain/verdict.js';
import type { Now } from '../inputs/now.js';
import type { StoredRow } from '../store/evaluations/read-stored.js';
import { toHostProblem } from '../store/hosts/host-problem.js';
import type { ContactProblem } from '../store/mirrors/contacts.js';
import { webUrl } from './remote-page.js';

/** A row, the versions of now, and why it is stale. */
export interface ComparedRow {
  readonly row: StoredRow;
  readonly now: Now;
  readonly reasons: readonly StaleReason[];
}

/** The whole report. */
export function toReportAnswer(compared: ComparedRow): ReportAnswer {
  const { row, now, reasons } = compared;
  const verdicts = readVerdicts(row);
  return {
    repo_slug: row.slug,
    tier: readTier(row),
    core_pass: row.core_pass ?? false,
    standard_pass: row.standard_pass ?? false,
    full_pass: row.full_pass ?? false,
    criteria: verdicts,
    checked_at: row.checked_at,
    stale: reasons.length > 0,
    stale_reasons: reasons,
    verified: now.verified,
    fingerprint: row.fingerprint,
    web_url: webUrl(now.registry.repo.remoteUrl),
    checkout: toCheckout(compared),
    refresh: toRefresh(row),
    failure: toFailure(row),
    host_trouble: toHomeHostProblem(compared),
    next_tier: toNextTier(verdicts),
    evaluation: toEvaluation(row),
  };
}

// The fields of a verdict: the row of another program may hold more, which is left out.
const storedVerdicts = z.array(verdict.strip());

/** The stored verdicts; none where another program wrote the row in another form. */
export function readVerdicts(row: StoredRow): Verdict[] {
  // The digest shows that this program wrote the row, so it has our form and needs no parsing.
  if (row.ours) return row.criteria as Verdict[];
  const parsed = storedVerdicts.safeParse(row.criteria);
  return parsed.success ? parsed.data : [];
}

/** The stored tier; `none` where there is none, or where another program wrote an unknown one. */
export function readTier(row: StoredRow): ReportAnswer['tier'] {
  return TIERS.find((tier) => tier === row.tier) ?? 'none';
}

function toCheckout({ row, now }: ComparedRow): CheckoutAnswer | null {
  const { registry, home, probe, bareHead, remote, versions } = now;
  if (home === undefined) return null;
  const head = probe?.head;
  const form = 'version' in versions.checkout ? readCheckoutForm(versions.checkout.version) : null;
  const branch = head?.branch ?? form?.branch;
  return {
    host: home,
    path_known: checkoutPath(registry.repo, home) !== undefined,
    kind: remote === null ? (form?.kind ?? null) : 'mirror',
    // This text comes from the checkout's HEAD: git allows more in a name than is safe to show, and HEAD may hold even more.
    branch: branch ? cleanText(branch) : null,
    head: head?.commit ?? bareHead?.commit ?? null,
    head_at: bareHead?.committedAt ?? null,
    pushed_branch: row.pushed_branch,
    pushed_head: row.pushed_head,
    pushed_at: row.pushed_at,
    behind: head?.behind ?? null,
    updated_at: row.pushed_updated_at,
    contacted_at: remote?.contactedAt ? toMilliseconds(remote.contactedAt) : null,
    contact_head: remote?.contactHead ?? null,
  };
}

/** The open request; null where there is none. */
export function toRefresh(row: StoredRow): RefreshAnswer | null {
  if (row.request_reason === null) return null;
  return {
    state: row.request_state,
    reason: row.request_reason,
    requested_at: row.requested_at,
    forced: row.request_forced,
    collapsed: toCollapsed(row.request_collapsed),
    until: row.request_state === 'waiting' ? row.request_until : null,
  };
}

/** A time of the database, which has microseconds, as answers show times. */
function toMilliseconds(time: string): string {
  return new Date(time).toISOString();
}

/** Whether the last attempt for this repository failed. The problem of a server is none of each of its mirrors. */
export function isBroken({ failure_code: code, contact_failure: contact }: StoredRow): boolean {
  return code !== null || contact !== null;
}

/** The failure of the last starts; else that of a mirror's last contacts; else the problem of its server. */
function toFailure(row: StoredRow): FailureAnswer | null {
  if (row.failure_code !== null)
    return {
      code: row.failure_code,
      message: row.failure_message,
      remedy: row.failure_remedy,
      attempts: row.failure_attempts,
      since: row.failure_since,
      last_at: row.failure_last_at,
    };
  const { contact_failure: contact, server_problem: server } = row;
  if (contact !== null) {
    const { contact_attempts: attempts, contact_since: since, contact_last_at: last_at } = row;
    return { ...toContactFailure(contact), attempts, since, last_at };
  }
  if (server === null) return null;
  const { server_attempts: attempts, server_since: since, server_last_at: last_at } = row;
  return { ...toContactFailure(server), attempts, since, last_at };
}

/** The fields that answers have: the database keeps JSON, in which another release may have written more. */
function toContactFailure({ code, message, remedy }: ContactProblem): ContactProblem {
  return { code, message, remedy };
}

function toHomeHostProblem({ row, now: { home } }: ComparedRow): HomeHostProblemAnswer | null {
  // The row has the problem of the claiming host; the registry may have made another host the home since.
  if (home === undefined || home !== row.claimed_by || row.trouble === null) return null;
  return { host: home, ...toHostProblem(row.trouble) };
}

/** What is missing for the next tier; null without verdicts, and at the top. */
export function toNextTier(verdicts: readonly Verdict[]): NextTierAnswer | null {
  const next = verdicts.length === 0 ? null : nextTier(verdicts);
  if (next === null) return null;
  return {
    tier: next.tier,
    missing: next.missing.map(({ id, label, detail, remedy }) => ({ id, label, detail, remedy })),
  };
}

function toCollapsed(counts: Readonly<Record<string, number>> | null): CollapsedAnswer[] {
  return Object.entries(counts ?? {}).map(([reason, count]) => ({ reason, count }));
}

function toEvaluation(row: StoredRow): LastEvaluationAnswer | null {
  if (!row.ours || row.trigger === null) return null;
  return {
    trigger: row.trigger,
    collapsed: toCollapsed(row.collapsed),
    changed: row.changed ?? [],
    ran: (row.ran ?? []) as CriterionId[],
    kept: (row.kept ?? []) as CriterionId[],
    judged_at: row.judged_at ?? {},
    updated: row.evaluated_updated ?? false,
    durations_ms: row.durations_ms ?? {},
    duration_ms: row.duration_ms ?? 0,
    host: row.evaluated_on ?? '',
  };
}
