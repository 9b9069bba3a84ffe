/** The terms that the schemas of several answers share. */
import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../domain/errors.js';
import { VERSIONED_KEYS } from '../domain/input.js';
import { TIERS } from '../domain/tier.js';
import { CRITERION_IDS } from '../domain/verdict.js';

export const time = z.iso.datetime({ precision: 3 }).meta({
  id: 'Time',
  description: 'A time in UTC, as ISO 8601 with milliseconds.',
  examples: ['2026-11-26T09:26:11.346Z'],
});
/** A time that another may have written with more digits. */
export const anyTime = z.iso.datetime().meta({ description: 'A time in UTC, as ISO 8601.' });
export const tier = z.enum(TIERS).meta({ id: 'Tier', description: 'The highest tier reached.' });
export const criterionTier = z.enum(['core', 'standard', 'full']).meta({ id: 'CriterionTier' });
export const status = z.enum(['pass', 'warn', 'fail', 'skip']).meta({
  id: 'Status',
  description:
    '`pass` and `warn` count towards a tier. `skip`: not judged, because what it needs is not there.',
});
export const criterionId = z.enum(CRITERION_IDS).meta({ id: 'CriterionId' });
export const input = z
  .enum(VERSIONED_KEYS)
  .meta({ id: 'Input', description: 'An input that verdicts rest on.' });
export const slug = z
  .string()
  .meta({ description: 'The name that a repository is registered by.', examples: ['widget'] });
export const errorCode = z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]).meta({
  id: 'ErrorCode',
  description: 'docs/errors.md explains each.',
});
export const count = z.int().min(0);
export const milliseconds = z.number().min(0).meta({ description: 'Milliseconds.' });

export const verified = z.enum(['probed', 'observed', 'cached', 'registry']).meta({
  id: 'Verified',
  description:
    'How far the answer was compared. `probed`: all of it, by the process that answers. `observed`: the checkout as its home host recorded it. `cached`: on a file system whose attributes may lag. `registry`: the checkout was not looked at, so it is stale.',
});

export const staleReason = z
  .strictObject({
    input: z
      .enum([...VERSIONED_KEYS, 'row', 'age'])
      .meta({ description: 'An input, the whole row, or its age.' }),
    was: z.string().nullable().meta({ description: 'The version that the verdicts rest on.' }),
    now: z.string().nullable().meta({ description: 'The version now.' }),
    code: z.enum([
      'never_evaluated',
      'input_changed',
      'unsettled',
      'not_verified',
      'over_age',
      'foreign_row',
    ]),
    text: z.string().meta({ description: 'A sentence, with absolute times only.' }),
  })
  .meta({ id: 'StaleReason', description: 'One reason why it may not be called fresh.' });

export const collapsed = z
  .array(z.strictObject({ reason: z.string(), count: z.int().min(1) }))
  .meta({ description: 'Other asks that are done by the same evaluation.' });
export const changedInput = z
  .strictObject({ input, was: z.string().nullable(), now: z.string() })
  .meta({ id: 'ChangedInput', description: 'An input that differed from the evaluation before.' });

/** The tier with its three cumulative flags, as every answer spells them. */
export const tiers = {
  tier,
  core_pass: z.boolean(),
  standard_pass: z.boolean(),
  full_pass: z.boolean(),
};
