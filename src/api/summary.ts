/** The answer of `GET /repos/doi/summary`: one entry for each active repository. */
import { z } from 'zod';
import { CRITERION_IDS } from '../domain/verdict.js';
import { type Answer, criterionId, slug, staleReason, status, tiers, time, verified } from './terms.js';

type Statuses = Record<(typeof CRITERION_IDS)[number], z.ZodOptional<typeof status>>;

const entry = z
  .strictObject({
    repo_slug: slug,
    domain_slug: z.string().nullable(),
    ...tiers,
    statuses: z
      .strictObject(Object.fromEntries(CRITERION_IDS.map((id) => [id, status.optional()])) as Statuses)
      .meta({ description: 'Of each criterion; empty where it was never evaluated.' }),
    // The criteria that do not count towards a tier.
    failing: z.array(z.strictObject({ id: criterionId, label: z.string(), status })),
    checked_at: time.nullable(),
    stale: z.boolean(),
    stale_reasons: z.array(staleReason),
    verified,
    broken: z.boolean().meta({
      description:
        'Whether the last attempt to evaluate it, or to reach the remote of its mirror, ended in a failure.',
    }),
  })
  .meta({ id: 'SummaryEntry' });
export type SummaryEntry = Answer<typeof entry>;

/** The names of an entry's fields, in their order. */
export const SUMMARY_FIELDS = Object.keys(entry.shape) as readonly SummaryField[];
export type SummaryField = keyof SummaryEntry;

export const summary = z.array(entry).meta({
  id: 'Summary',
  description: 'Never evaluated first, then the lowest tier, then by slug.',
});

/** The same with `fields`, which has only these of each entry. */
export const summaryPart = z
  .array(entry.partial().meta({ id: 'SummaryEntryPart' }))
  .meta({ id: 'SummaryPart', description: 'With `fields`: only these of each entry.' });
