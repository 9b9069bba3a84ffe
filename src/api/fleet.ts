/** The schemas of answers on many repositories, and on one over time. */
import { z } from 'zod';
import type { HistoryAnswer, SummaryEntry } from '../domain/answers.js';
import { type ChangesAnswer, DIRECTIONS } from '../domain/changes-answer.js';
import type { TrendAnswer } from '../domain/trend-answer.js';
import { CRITERION_IDS } from '../domain/verdict.js';
import { proveSame, type Same } from './same-type.js';
import {
  changedInput,
  count,
  criterionId,
  slug,
  staleReason,
  status,
  tier,
  tiers,
  time,
  verified,
} from './terms.js';

const entry = z
  .strictObject({
    repo_slug: slug,
    domain_slug: z.string().nullable(),
    ...tiers,
    statuses: z
      .strictObject(Object.fromEntries(CRITERION_IDS.map((id) => [id, status.optional()])) as Statuses)
      .meta({ description: 'Of each criterion; empty where it was never evaluated.' }),
    failing: z.array(z.strictObject({ id: criterionId, label: z.string(), status })),
    checked_at: time.nullable(),
    stale: z.boolean(),
    stale_reasons: z.array(staleReason),
    verified,
    broken: z.boolean().meta({ description: 'Whether the last attempt to evaluate it ended in a failure.' }),
  })
  .meta({ id: 'SummaryEntry' });
type Statuses = Record<(typeof CRITERION_IDS)[number], z.ZodOptional<typeof status>>;

export const summary = z.array(entry).meta({
  id: 'Summary',
  description: 'Never evaluated first, then the lowest tier, then by slug.',
});
proveSame<Same<z.infer<typeof entry>, SummaryEntry>>();

const change = z
  .strictObject({
    at: time,
    tier_was: tier.nullable().meta({ description: 'Null where it was evaluated for the first time.' }),
    tier_now: tier,
    criteria: z.array(z.strictObject({ id: criterionId, was: status.nullable(), now: status.nullable() })),
    changed: z.array(changedInput).meta({ description: 'The inputs that caused it.' }),
  })
  .meta({ id: 'HistoryEntry' });

export const history = z
  .strictObject({
    repo_slug: slug,
    changes: z.array(change),
    next: z.string().nullable().meta({ description: 'The cursor of the next page; null on the last.' }),
  })
  .meta({ id: 'History', description: 'Each change of a tier or of a status, the latest first.' });
proveSame<Same<z.infer<typeof history>, HistoryAnswer>>();

export const changes = z
  .strictObject({
    since: time.meta({ description: 'The time asked for.' }),
    known_since: time.nullable().meta({
      description:
        'From when on all changes are known; null where there has been none yet. Later than `since`, the list is not whole.',
    }),
    changes: z.array(
      change
        .extend({
          repo_slug: slug,
          domain_slug: z.string().nullable(),
          direction: z.enum(DIRECTIONS).meta({
            description:
              'By the tier and every status together; `mixed`: some got worse and some better. `first`: it was never evaluated before.',
          }),
          tier: tier.meta({ description: 'The tier at present, which may have changed again.' }),
        })
        .meta({ id: 'ChangeEntry' }),
    ),
    next: z.string().nullable().meta({ description: 'The cursor of the next page; null on the last.' }),
  })
  .meta({ id: 'Changes', description: 'Changes of active repositories, the latest first.' });
proveSame<Same<z.infer<typeof changes>, ChangesAnswer>>();

const day = z
  .strictObject({
    date: z.iso.date(),
    none: count,
    core: count,
    standard: count,
    full: count,
    never_evaluated: count,
  })
  .meta({ id: 'TrendDay', description: 'How many were at each tier at the end of a day, in UTC.' });

export const trend = z
  .strictObject({
    days: z.array(day),
    next: z.iso.date().nullable().meta({ description: 'The cursor of the days before.' }),
  })
  .meta({ id: 'Trend' });
proveSame<Same<z.infer<typeof trend>, TrendAnswer>>();
