/** Answers of the API with any text in each place that a repository, a host or another program fills. */
import type { ReportAnswer } from '../../../src/api/report.js';
import type { SummaryEntry } from '../../../src/api/summary.js';
import { CRITERIA } from '../../../src/criteria/index.js';
import { TIERS } from '../../../src/domain/tier.js';

const AT = '2026-11-26T09:26:11.346Z';

/** A report whose every free text is `text`, with the longest lists. */
export function reportWith(text: string, changes: Partial<ReportAnswer> = {}): ReportAnswer {
  const criteria = CRITERIA.map(({ id, label, tier }) => ({
    ...{ id, label, tier, status: 'fail' as const },
    ...{ detail: text, remedy: text },
  }));
  return {
    ...{ repo_slug: 'widget', tier: 'none', core_pass: false, standard_pass: false, full_pass: false },
    criteria,
    ...{ checked_at: AT, stale: false, verified: 'probed', fingerprint: text, web_url: text },
    stale_reasons: Array.from({ length: 40 }, () => ({
      ...{ input: 'SCOPE.md' as const, was: text, now: text },
      ...{ code: 'input_changed' as const, text },
    })),
    checkout: {
      ...{ host: text, path_known: true, kind: 'working', branch: text, head: text, head_at: null },
      ...{ pushed_branch: text, pushed_head: text, pushed_at: AT, behind: true, updated_at: null },
      ...{ contacted_at: null, contact_head: null },
    },
    refresh: {
      ...{ state: 'queued', reason: text, requested_at: AT, forced: true, until: null },
      collapsed: [{ reason: text, count: 1 }],
    },
    failure: { code: text, message: text, remedy: text, attempts: 3, since: AT, last_at: AT },
    host_trouble: { host: text, code: text, message: text, remedy: text, since: AT },
    next_tier: {
      tier: 'core',
      missing: criteria.map(({ id, label, detail, remedy }) => ({ id, label, detail, remedy })),
    },
    evaluation: {
      ...{ trigger: text, collapsed: [], changed: [{ input: 'workplans', was: text, now: text }] },
      ...{ ran: [text], kept: [text], judged_at: {}, durations_ms: {}, updated: false },
      ...{ duration_ms: 12.5, host: text },
    },
    ...changes,
  };
}

/** A page of a history with the longest changes. */
export function historyWith(text: string) {
  const criteria = CRITERIA.map(({ id }) => ({ id, was: 'pass' as const, now: 'fail' as const }));
  const change = {
    ...{ at: AT, tier_was: 'full' as const, tier_now: 'none' as const, criteria },
    changed: CRITERIA.map(() => ({ input: 'workplans' as const, was: text, now: text })),
  };
  return { repo_slug: 'widget', changes: Array.from({ length: 5 }, () => change), next: '123' };
}

/** As many entries of the summary, of all tiers and fifty domains; `text` is in each name. */
export function summaryOf(count: number, text = ''): SummaryEntry[] {
  return Array.from({ length: count }, (_, index) => {
    const tier = TIERS[index % 4] ?? 'none';
    const failing = CRITERIA.slice(index % 14).map(({ id, label }) => ({
      id,
      label,
      status: 'fail' as const,
    }));
    return {
      ...{
        repo_slug: `repo-${String(index).padStart(5, '0')}${text}`,
        domain_slug: `domain-${index % 50}${text}`,
      },
      ...{ tier, core_pass: false, standard_pass: false, full_pass: false, failing },
      statuses: Object.fromEntries(failing.map(({ id, status }) => [id, status])),
      ...{ checked_at: index % 7 === 0 ? null : AT, stale: index % 3 === 0, stale_reasons: [] },
      ...{ verified: 'probed' as const, broken: index % 5 === 0 },
    };
  });
}

/** As many hosts, each with a problem. */
export function hostsWith(count: number, text: string) {
  return Array.from({ length: count }, (_, index) => ({
    ...{ host: `${text}${index}`, heartbeat: AT, version: text, criteria: text, built_at: AT, machine: text },
    ...{ capacity: 4, isolation: 'none' as const, repositories: 5, silent: index % 2 === 0 },
    trouble: { code: text, message: text, remedy: text, since: AT },
  }));
}
