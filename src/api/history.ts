/** The answers over time: the history of one repository, the changes of all, and the trend of the tiers. */
import { z } from 'zod';
import { DIRECTIONS } from '../domain/tier.js';
import { type Answer, changedInput, count, criterionId, slug, status, tier, time } from './terms.js';

const change = z
  .strictObject({
    // When it was written.
    at: time,
    tier_was: tier.nullable().meta({ description: 'Null where it was evaluated for the first time.' }),
    tier_now: tier,
    // Each criterion whose status changed; null where it had no verdict before, or has none now.
    criteria: z.array(z.strictObject({ id: criterionId, was: status.nullable(), now: status.nullable() })),
    changed: z.array(changedInput).meta({ description: 'The inputs that caused it.' }),
  })
  .meta({ id: 'HistoryEntry' });
export type HistoryEntry = Answer<typeof change>;

export const history = z
  .strictObject({
    repo_slug: slug,
    changes: z.array(change),
    next: z.string().nullable().meta({ description: 'The cursor of the next page; null on the last.' }),
  })
  .meta({ id: 'History', description: 'Each change of a tier or of a status, the latest first.' });
export type HistoryAnswer = Answer<typeof history>;

const changeOfRepository = change
  .extend({
    repo_slug: slug,
    domain_slug: z.string().nullable(),
    direction: z.enum(DIRECTIONS).meta({
      description:
        'By the tier and every status together; `mixed`: some got worse and some better. `first`: it was never evaluated before.',
    }),
    tier: tier.meta({ description: 'The tier at present, which may have changed again.' }),
  })
  .meta({ id: 'ChangeEntry' });
export type ChangeEntry = Answer<typeof changeOfRepository>;

export const changes = z
  .strictObject({
    since: time.meta({ description: 'The time requested.' }),
    known_since: time.nullable().meta({
      description:
        'From when on all changes are known; null where there has been none yet. Later than `since`, the list is not whole.',
    }),
    changes: z.array(changeOfRepository),
    next: z.string().nullable().meta({ description: 'The cursor of the next page; null on the last.' }),
  })
  .meta({ id: 'Changes', description: 'Changes of active repositories, the latest first.' });
export type ChangesAnswer = Answer<typeof changes>;

const day = z
  .strictObject({
    date: z.iso.date(),
    none: count,
    core: count,
    standard: count,
    full: count,
    never_evaluated: count,
  })
  // Today's counts are those of now.
  .meta({ id: 'TrendDay', description: 'How many were at each tier at the end of a day, in UTC.' });
export type TrendDay = Answer<typeof day>;

export const trend = z
  .strictObject({
    // Consecutive days, the oldest first.
    days: z.array(day),
    // Null where there is no data before them.
    next: z.iso.date().nullable().meta({ description: 'The cursor of the days before.' }),
  })
  .meta({ id: 'Trend' });
export type TrendAnswer = Answer<typeof trend>;
