/** The answer of `GET /repos/{slug}/doi`: the stored report of one repository, and whether it is fresh. */
import { z } from 'zod';
import { CRITERION_IDS } from '../domain/verdict.js';
import {
  type Answer,
  changedInput,
  checkoutKind,
  collapsed,
  criterionId,
  criterionTier,
  homeHostProblem,
  milliseconds,
  slug,
  staleReason,
  status,
  tiers,
  time,
  verified,
} from './terms.js';

export const verdict = z
  .strictObject({
    id: criterionId,
    label: z.string(),
    tier: criterionTier,
    status,
    detail: z.string().meta({ description: 'What was found.' }),
    remedy: z.string().nullable().meta({ description: 'What to do; null for a pass.' }),
  })
  .meta({ id: 'Verdict' });

const checkout = z
  .strictObject({
    host: z.string().meta({ description: 'The home host.' }),
    path_known: z.boolean(),
    kind: checkoutKind.nullable().meta({
      description:
        'A working folder, a bare repository, or a mirror of a remote; null where it is not known.',
    }),
    branch: z.string().nullable(),
    head: z.string().nullable(),
    head_at: time.nullable().meta({ description: 'The time of that commit; null for a working folder.' }),
    pushed_branch: z.string().nullable(),
    pushed_head: z.string().nullable(),
    pushed_at: time.nullable(),
    // Null where it is not known.
    behind: z.boolean().nullable().meta({ description: 'Whether what was pushed is not checked out here.' }),
    // When the worker updated the checkout for that push; null where it did not.
    updated_at: time.nullable(),
    // Both are null for anything but a mirror, and before the first contact.
    contacted_at: time
      .nullable()
      .meta({ description: 'When the last successful contact with the remote began.' }),
    contact_head: z
      .string()
      .nullable()
      .meta({ description: "The commit at which the remote's branch was then." }),
  })
  .meta({ id: 'Checkout', description: 'What the checkout has, beside what was last pushed.' });
export type CheckoutAnswer = Answer<typeof checkout>;

/** The open request of a repository. */
export const refresh = z
  .strictObject({
    state: z.enum(['queued', 'running', 'waiting']),
    reason: z.string(),
    requested_at: time,
    forced: z.boolean(),
    collapsed,
    // Null for the other states.
    until: time.nullable().meta({ description: 'When the worker retries a waiting one.' }),
  })
  .meta({ id: 'Refresh', description: 'An evaluation that is requested and has not ended.' });
export type RefreshAnswer = Answer<typeof refresh>;

const failure = z
  .strictObject({
    code: z.string(),
    message: z.string(),
    remedy: z.string(),
    attempts: z.int().min(1),
    since: time,
    last_at: time,
  })
  .meta({
    id: 'Failure',
    description: 'Why the last attempts ended without a verdict, or could not reach the remote of a mirror.',
  });
export type FailureAnswer = Answer<typeof failure>;

const nextTier = z
  .strictObject({
    tier: criterionTier,
    missing: z.array(
      z.strictObject({
        id: criterionId,
        label: z.string(),
        detail: z.string(),
        remedy: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'NextTier', description: 'The next tier, and the fewest criteria that lead there.' });
export type NextTierAnswer = Answer<typeof nextTier>;

const perCriterion = <Value extends z.ZodType>(value: Value) => z.record(z.string(), value);
const evaluation = z
  .strictObject({
    trigger: z.string(),
    collapsed,
    changed: z.array(changedInput),
    ran: z.array(z.string()).meta({ description: 'Criteria that were judged again.' }),
    // Kept, because no value that they read had changed.
    kept: z.array(z.string()).meta({ description: 'Criteria whose verdicts were kept.' }),
    judged_at: perCriterion(time),
    // Of each criterion that ran. One run of the checker serves C7 and C13, and counts for both.
    durations_ms: perCriterion(milliseconds),
    // Whether the worker first updated the checkout to a push.
    updated: z.boolean(),
    duration_ms: milliseconds,
    host: z.string(),
  })
  .meta({ id: 'Evaluation', description: 'What the last evaluation did, and why.' });
export type LastEvaluationAnswer = Answer<typeof evaluation>;

export const report = z
  .strictObject({
    repo_slug: slug,
    ...tiers,
    criteria: z.array(verdict).max(CRITERION_IDS.length).meta({
      description: 'All fourteen in order; empty where the repository was never evaluated.',
    }),
    checked_at: time.nullable(),
    stale: z.boolean().meta({ description: 'False only if every input was compared and none differs.' }),
    stale_reasons: z.array(staleReason),
    verified,
    fingerprint: z.string().nullable(),
    // Null where it is not known.
    web_url: z.string().nullable().meta({ description: 'The page of its remote in a browser.' }),
    checkout: checkout.nullable(),
    refresh: refresh.nullable(),
    failure: failure.nullable(),
    host_trouble: homeHostProblem.nullable(),
    next_tier: nextTier.nullable(),
    evaluation: evaluation.nullable(),
  })
  .meta({ id: 'Report', description: 'The stored report of a repository, and whether it still holds.' });
export type ReportAnswer = Answer<typeof report>;
