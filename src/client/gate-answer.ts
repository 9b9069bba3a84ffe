/** The answer of `doi gate`, as it is printed and as `--json` prints it, with the exit code. */

import type { ServerStaleReason } from '../api/server-report.js';
import { CHECKOUT_KEYS } from '../domain/input.js';
import type { UnknownReason } from '../domain/unknown-reason.js';
import { CRITERION_IDS, type CriterionTier, type Verdict } from '../domain/verdict.js';
import type { AwaitOptions, GateResult } from './await-gate.js';

/** 0: met. 1: not met. 4: not known. */
export type GateExit = 0 | 1 | 4;

export interface GateAnswer {
  readonly repo_slug: string;
  readonly required: CriterionTier;
  readonly outcome: 'met' | 'not_met' | 'unknown';
  readonly exit_code: GateExit;
  /** Whether the exit code is 0 only because the caller accepts what is not known. */
  readonly unknown_allowed: boolean;
  /** What the server last said; null where it said nothing. */
  readonly tier: string | null;
  readonly checked_at: string | null;
  readonly stale: boolean | null;
  /** The commit that was judged; null where the verdict is stale, since the checkout may have been at another one. */
  readonly head: string | null;
  /** The commit at which the server's checkout is now; null where it is not known, or a changed checkout was accepted. */
  readonly checkout_head: string | null;
  /** The criteria up to the tier that are not met. */
  readonly missing: readonly Verdict[];
  /** Why it is not known. */
  readonly reasons: readonly UnknownReason[];
  /** Why the verdict is stale, where its age was accepted nevertheless. */
  readonly accepted: readonly string[];
  /** Why the server's last attempt failed, where something was accepted nevertheless. */
  readonly failure: { readonly message: string; readonly remedy: string } | null;
  readonly waited_seconds: number;
}

/** Makes the answer. */
export function toGateAnswer(
  options: AwaitOptions,
  { decision, report, waitedMs }: GateResult,
  allowUnknown: boolean,
): GateAnswer {
  const { outcome } = decision;
  const accepted = outcome === 'unknown' ? [] : decision.accepted;
  const head = report?.checkout?.head ?? null;
  const missing = outcome === 'not_met' ? decision.missing : [];
  return {
    repo_slug: options.slug,
    required: options.require,
    outcome,
    exit_code: exitOf(outcome, allowUnknown),
    unknown_allowed: outcome === 'unknown' && allowUnknown,
    tier: report?.tier ?? null,
    checked_at: report?.checked_at ?? null,
    stale: report?.stale ?? null,
    head: report?.stale === false && report.stale_reasons.length === 0 ? head : null,
    checkout_head: accepted.some(isOfCheckout) ? null : head,
    missing: CRITERION_IDS.flatMap((id) => missing.filter((verdict) => verdict.id === id)),
    reasons: outcome === 'unknown' ? decision.reasons : [],
    accepted: accepted.map(({ text }) => text),
    failure: accepted.length === 0 ? null : (report?.failure ?? report?.host_trouble ?? null),
    waited_seconds: Math.round(waitedMs / 100) / 10,
  };
}

/** Whether the checkout, or the remote that a mirror follows, is not as it was judged. */
function isOfCheckout({ input }: ServerStaleReason): boolean {
  return input === 'remote' || (CHECKOUT_KEYS as readonly string[]).includes(input);
}

function exitOf(outcome: GateAnswer['outcome'], allowUnknown: boolean): GateExit {
  if (outcome === 'met') return 0;
  if (outcome === 'not_met') return 1;
  return allowUnknown ? 0 : 4;
}
