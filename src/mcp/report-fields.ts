/** The parts of a report that several tools answer with, cut and marked. */
import { z } from 'zod';
import { lenient } from '../api/lenient.js';
import { type ReportAnswer, report } from '../api/report.js';
import { CRITERION_IDS } from '../domain/verdict.js';
import type { ReadReport } from './api-reads.js';
import { type CriterionText, criteriaTexts } from './criteria-texts.js';
import { type AnswerParts, MAX_CODE } from './fit-answer.js';

const { shape } = report;

/** The schemas of these parts: those of the API. */
export const reportShape = {
  head: report
    .pick({ repo_slug: true, tier: true, stale: true, checked_at: true, verified: true })
    .extend({ verified_at: z.string().optional() }).shape,
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
  stale_reasons: z.array(lenient(shape.stale_reasons.element.pick({ input: true, code: true, text: true }))),
  refresh: shape.refresh
    .unwrap()
    .pick({ state: true, reason: true, requested_at: true, until: true })
    .nullable(),
} as const;

type Report = ReportAnswer;

export function headFields({ report, verifiedAt }: ReadReport, parts: AnswerParts) {
  return {
    repo_slug: parts.name(report.repo_slug),
    tier: report.tier,
    stale: report.stale,
    checked_at: report.checked_at,
    verified: report.verified,
    ...(verifiedAt === undefined ? {} : { verified_at: verifiedAt }),
  };
}

/**
 * Verdicts: what was found may quote the repository. Names and tiers of criteria are those of this release.
 * @param isForeign whether another program wrote them: then what to do is that program's text, and no sentence of ours
 */
export function criteriaFields(criteria: Report['criteria'], parts: AnswerParts, isForeign: boolean) {
  return criteria.slice(0, CRITERION_IDS.length).map(({ id, status, detail, remedy }) => ({
    ...{ id, ...nameOf(id), status, detail: parts.data(detail) },
    remedy: remedy === null ? null : isForeign ? parts.data(remedy) : parts.own(remedy),
  }));
}

function nameOf(id: string): Pick<CriterionText, 'label' | 'tier'> {
  const known = criteriaTexts().find((one) => one.id === id);
  if (known === undefined) throw new Error(`The build has no text of ${id}.`);
  return { label: known.label, tier: known.tier };
}

/** Whether another program wrote the row of a report; of such a row no evaluation is known. */
export function isForeign({ evaluation, stale_reasons: reasons }: Report): boolean {
  return evaluation === null || reasons.some(({ code }) => code === 'foreign_row');
}

export function nextTierFields(next: Report['next_tier'], parts: AnswerParts) {
  return next && { tier: next.tier, missing: parts.ids(next.missing.map(({ id }) => id)) };
}

export function problemFields({ failure, host_trouble: host }: Report, parts: AnswerParts) {
  const cut = ({ code, message, remedy }: Readonly<Record<'code' | 'message' | 'remedy', string>>) => ({
    ...{ code: parts.name(code, MAX_CODE), message: parts.data(message), remedy: parts.own(remedy) },
  });
  return {
    failure: failure && { ...cut(failure), attempts: failure.attempts, since: failure.since },
    host_trouble: host && { host: parts.name(host.host), ...cut(host) },
  };
}

const MAX_REASONS = 8;

export function staleFields(reasons: Report['stale_reasons'], parts: AnswerParts) {
  return parts.list('stale_reasons', reasons, MAX_REASONS).map(({ input, code, text }) => ({
    ...{ input: parts.name(input, MAX_CODE), code: parts.name(code, MAX_CODE), text: parts.data(text) },
  }));
}

export function refreshFields(refresh: Report['refresh'], parts: AnswerParts) {
  if (refresh === null) return null;
  const { state, reason, requested_at, until } = refresh;
  return { state, reason: parts.data(reason), requested_at, until };
}
