/** The schema of a repository's report. */
import { z } from 'zod';
import type { ReportAnswer } from '../domain/answers.js';
import { CRITERION_IDS } from '../domain/verdict.js';
import { proveSame, type Same } from './same-type.js';
import {
  changedInput,
  collapsed,
  criterionId,
  criterionTier,
  milliseconds,
  slug,
  staleReason,
  status,
  tiers,
  time,
  verified,
} from './terms.js';

const verdict = z
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
    branch: z.string().nullable(),
    head: z.string().nullable(),
    pushed_branch: z.string().nullable(),
    pushed_head: z.string().nullable(),
    pushed_at: time.nullable(),
    behind: z.boolean().nullable().meta({ description: 'Whether what was pushed is not checked out here.' }),
    updated_at: time.nullable(),
  })
  .meta({ id: 'Checkout', description: 'What the checkout has, beside what was last pushed.' });

/** An evaluation that is asked for. */
export const refresh = z
  .strictObject({
    state: z.enum(['queued', 'running', 'waiting']),
    reason: z.string(),
    requested_at: time,
    forced: z.boolean(),
    collapsed,
    until: time.nullable().meta({ description: 'When a waiting one is tried again.' }),
  })
  .meta({ id: 'Refresh', description: 'An evaluation that is asked for and has not ended.' });

const failure = z
  .strictObject({
    code: z.string(),
    message: z.string(),
    remedy: z.string(),
    attempts: z.int().min(1),
    since: time,
    last_at: time,
  })
  .meta({ id: 'Failure', description: 'Why the last attempts ended without a verdict.' });

const troubleFields = { code: z.string(), message: z.string(), remedy: z.string(), since: z.iso.datetime() };
/** What troubles a host. */
export const trouble = z.strictObject(troubleFields).meta({ id: 'Trouble' });
const hostTrouble = z.strictObject({ ...troubleFields, host: z.string() }).meta({ id: 'HostTrouble' });

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

const perCriterion = <Value extends z.ZodType>(value: Value) => z.record(z.string(), value);
const evaluation = z
  .strictObject({
    trigger: z.string(),
    collapsed,
    changed: z.array(changedInput),
    ran: z.array(z.string()).meta({ description: 'Criteria that were judged anew.' }),
    kept: z.array(z.string()).meta({ description: 'Criteria whose verdicts were kept.' }),
    judged_at: perCriterion(time),
    durations_ms: perCriterion(milliseconds),
    updated: z.boolean(),
    duration_ms: milliseconds,
    host: z.string(),
  })
  .meta({ id: 'Evaluation', description: 'What the last evaluation did, and why.' });

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
    web_url: z.string().nullable().meta({ description: 'Where its remote can be looked at in a browser.' }),
    checkout: checkout.nullable(),
    refresh: refresh.nullable(),
    failure: failure.nullable(),
    host_trouble: hostTrouble.nullable(),
    next_tier: nextTier.nullable(),
    evaluation: evaluation.nullable(),
  })
  .meta({ id: 'Report', description: 'The stored report of a repository, and whether it still holds.' });
proveSame<Same<z.infer<typeof report>, ReportAnswer>>();
