/** The terms that several answers share: one schema each, with the domain's lists of values. */
import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../domain/errors.js';
import { STALE_CODES, VERIFIED } from '../domain/freshness.js';
import { VERSIONED_KEYS } from '../domain/input.js';
import { TIERS } from '../domain/tier.js';
import { CRITERION_IDS, CRITERION_TIERS, STATUSES } from '../domain/verdict.js';

/** The type of an answer: what its schema infers, readonly throughout. */
export type Answer<Schema extends z.ZodType> = DeepReadonly<z.infer<Schema>>;

type DeepReadonly<T> = T extends readonly (infer One)[]
  ? readonly DeepReadonly<One>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

export const time = z.iso.datetime({ precision: 3 }).meta({
  id: 'Time',
  description: 'A time in UTC, as ISO 8601 with milliseconds.',
  examples: ['2026-11-26T09:26:11.346Z'],
});
export const tier = z.enum(TIERS).meta({ id: 'Tier', description: 'The highest tier reached.' });
export const criterionTier = z.enum(CRITERION_TIERS).meta({ id: 'CriterionTier' });
export const status = z.enum(STATUSES).meta({
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

/** What stands for the files of a repository. */
export const checkoutKind = z.enum(['working', 'bare', 'mirror']);

export const verified = z.enum(VERIFIED).meta({
  id: 'Verified',
  description:
    'How far the answer was compared. `probed`: all of it, by the process that answers. `observed`: the checkout as its home host recorded it. `cached`: on a file system whose attributes may lag. `remote`: the mirror is at the commit that its remote had at the last contact. `registry`: the checkout was not probed, so it is stale.',
});

export const staleReason = z
  .strictObject({
    input: z
      .enum([...VERSIONED_KEYS, 'row', 'age', 'remote'])
      .meta({ description: 'An input, the whole row, its age, or the remote of a mirror.' }),
    was: z.string().nullable().meta({ description: 'The version that the verdicts rest on.' }),
    now: z.string().nullable().meta({ description: 'The version now.' }),
    code: z.enum(STALE_CODES),
    text: z.string().meta({ description: 'A sentence, with absolute times only.' }),
  })
  .meta({ id: 'StaleReason', description: 'One reason why it may not be called fresh.' });

export const collapsed = z
  .array(z.strictObject({ reason: z.string(), count: z.int().min(1) }))
  .meta({ description: 'Other requests that the same evaluation completes.' });
export type CollapsedAnswer = Answer<typeof collapsed>[number];

export const changedInput = z
  .strictObject({ input, was: z.string().nullable(), now: z.string() })
  .meta({ id: 'ChangedInput', description: 'An input that differed from the evaluation before.' });

const hostProblemFields = {
  ...{ code: z.string(), message: z.string(), remedy: z.string() },
  since: z.iso.datetime(),
};
/** What keeps a host from evaluating any repository. */
export const hostProblem = z.strictObject(hostProblemFields).meta({ id: 'Trouble' });
export type HostProblemAnswer = Answer<typeof hostProblem>;
/** The same of a repository's home host, with the host's name. */
export const homeHostProblem = z
  .strictObject({ ...hostProblemFields, host: z.string() })
  .meta({ id: 'HostTrouble' });
export type HomeHostProblemAnswer = Answer<typeof homeHostProblem>;

/** The tier with its three cumulative flags, as every answer spells them. */
export const tiers = {
  tier,
  core_pass: z.boolean(),
  standard_pass: z.boolean(),
  full_pass: z.boolean(),
};
