/** The parts of a report that several tools answer with, cut and marked. */
import { z } from 'zod';
import { type ReportAnswer, report } from '../api/report.js';
import type { AnswerParts } from './fit-answer.js';

const { shape } = report;

/** The schemas of these parts: those of the API. */
export const reportShape = {
  head: report.pick({ repo_slug: true, tier: true, stale: true, checked_at: true, verified: true }).shape,
  criteria: shape.criteria,
  /** The missing criteria by their ids: `criteria` has the rest. */
  next_tier: shape.next_tier
    .unwrap()
    .pick({ tier: true })
    .extend({ missing: z.array(z.string()) })
    .nullable(),
  problems: {
    failure: shape.failure
      .unwrap()
      .pick({ code: true, message: true, remedy: true, attempts: true, since: true })
      .nullable(),
    host_trouble: shape.host_trouble
      .unwrap()
      .pick({ host: true, code: true, message: true, remedy: true })
      .nullable(),
  },
  /** The reasons without the versions, which only a program compares. */
  stale_reasons: z.array(shape.stale_reasons.element.pick({ input: true, code: true, text: true })),
  refresh: shape.refresh
    .unwrap()
    .pick({ state: true, reason: true, requested_at: true, until: true })
    .nullable(),
} as const;

type Report = ReportAnswer;

export function headFields(report: Report, parts: AnswerParts) {
  return {
    repo_slug: parts.own(report.repo_slug),
    tier: report.tier,
    stale: report.stale,
    checked_at: report.checked_at,
    verified: report.verified,
  };
}

/** Verdicts: what was found may quote the repository, what to do is doi-worker's own sentence. */
export function criteriaFields(criteria: Report['criteria'], parts: AnswerParts) {
  return criteria.map(({ id, label, tier, status, detail, remedy }) => ({
    ...{ id, label: parts.own(label), tier, status },
    detail: parts.data(detail),
    remedy: remedy === null ? null : parts.own(remedy),
  }));
}

export function nextTierFields(next: Report['next_tier']) {
  return next && { tier: next.tier, missing: next.missing.map(({ id }) => id) };
}

export function problemFields({ failure, host_trouble: host }: Report, parts: AnswerParts) {
  const cut = ({ code, message, remedy }: Readonly<Record<'code' | 'message' | 'remedy', string>>) => ({
    ...{ code: parts.own(code), message: parts.data(message), remedy: parts.own(remedy) },
  });
  return {
    failure: failure && { ...cut(failure), attempts: failure.attempts, since: failure.since },
    host_trouble: host && { host: parts.own(host.host), ...cut(host) },
  };
}

const MAX_REASONS = 8;

export function staleFields(reasons: Report['stale_reasons'], parts: AnswerParts) {
  return parts
    .list('stale_reasons', reasons, MAX_REASONS)
    .map(({ input, code, text }) => ({ input, code, text: parts.data(text) }));
}

export function refreshFields(refresh: Report['refresh'], parts: AnswerParts) {
  if (refresh === null) return null;
  const { state, reason, requested_at, until } = refresh;
  return { state, reason: parts.data(reason), requested_at, until };
}
