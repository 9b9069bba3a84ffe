/** The shapes of the answers, as HTTP and `--json` give them: snake_case, absolute times as ISO 8601 text. */
import type { ChangedInput } from './evaluation.js';
import type { StaleReason } from './freshness.js';
import type { IsolationLevel } from './isolation.js';
import type { Tier, TierResult } from './tier.js';
import type { CriterionId, CriterionTier, Status, Verdict } from './verdict.js';

/**
 * How far the answer was compared with what is there now. `probed`: all of it, by the process that answers. `observed`:
 * the checkout as its home host recorded it. `cached`: on a file system whose attributes may lag. `registry`: the
 * checkout was not looked at, so the answer is stale.
 */
export type Verified = 'probed' | 'observed' | 'cached' | 'registry';

/** The stored report of one repository, and whether it still holds. */
export interface ReportAnswer {
  readonly repo_slug: string;
  readonly tier: Tier;
  readonly core_pass: boolean;
  readonly standard_pass: boolean;
  readonly full_pass: boolean;
  /** All fourteen in order; empty where the repository was never evaluated. */
  readonly criteria: readonly Verdict[];
  readonly checked_at: string | null;
  readonly stale: boolean;
  readonly stale_reasons: readonly StaleReason[];
  readonly verified: Verified;
  readonly fingerprint: string | null;
  /** Where its remote can be looked at in a browser; null where that is not known. */
  readonly web_url: string | null;
  readonly checkout: CheckoutAnswer | null;
  readonly refresh: RefreshAnswer | null;
  readonly failure: FailureAnswer | null;
  readonly host_trouble: HostTroubleAnswer | null;
  readonly next_tier: NextTierAnswer | null;
  readonly evaluation: LastEvaluationAnswer | null;
}

/** What the checkout has, beside what was last pushed to its remote. */
export interface CheckoutAnswer {
  readonly host: string;
  readonly path_known: boolean;
  readonly branch: string | null;
  readonly head: string | null;
  readonly pushed_branch: string | null;
  readonly pushed_head: string | null;
  readonly pushed_at: string | null;
  /** Whether the pushed commit is not checked out here; null where it is not known. */
  readonly behind: boolean | null;
  /** When the worker brought the checkout up to date for that push; null where it did not. */
  readonly updated_at: string | null;
}

/** Asks of one reason that were collapsed into another one. */
export interface CollapsedAnswer {
  readonly reason: string;
  readonly count: number;
}

/** An evaluation that is asked for and has not ended. */
export interface RefreshAnswer {
  readonly state: 'queued' | 'running' | 'waiting';
  readonly reason: string;
  readonly requested_at: string;
  readonly forced: boolean;
  /** What else was asked for and is done with it. */
  readonly collapsed: readonly CollapsedAnswer[];
  /** When a waiting one is tried again; null for the other states. */
  readonly until: string | null;
}

/** Why the last attempts to evaluate ended without a verdict. */
export interface FailureAnswer {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly attempts: number;
  readonly since: string;
  readonly last_at: string;
}

/** What troubles a host, whatever repository is looked at. */
export interface TroubleAnswer {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly since: string;
}

/** What troubles the home host of a repository. */
export interface HostTroubleAnswer extends TroubleAnswer {
  readonly host: string;
}

/** A host that evaluates. */
export interface HostAnswer {
  readonly host: string;
  /** When its last look at all of its repositories began; null before its first. */
  readonly heartbeat: string | null;
  /** Its release; `unknown` where it has claimed repositories and no worker of it is known. */
  readonly version: string;
  /** The digest of the rules that the worker that leads it judges by, and when it was built; null where that is not known. */
  readonly criteria: string | null;
  readonly built_at: string | null;
  /** The system's host name where the worker that leads it runs, or ran; null where that is not known. */
  readonly machine: string | null;
  /** How many evaluations it runs at once. */
  readonly capacity: number;
  /** How it isolates the programs that it starts; null of a worker of a release that did not say. */
  readonly isolation: IsolationLevel | null;
  /** How many active repositories it has claimed. */
  readonly repositories: number;
  /** Whether it has not been heard of for two watch periods. */
  readonly silent: boolean;
  readonly trouble: TroubleAnswer | null;
}

export interface MissingAnswer {
  readonly id: CriterionId;
  readonly label: string;
  readonly detail: string;
  readonly remedy: string | null;
}

/** The next tier above the one reached and what is missing for it. */
export interface NextTierAnswer {
  readonly tier: CriterionTier;
  readonly missing: readonly MissingAnswer[];
}

/** What the last evaluation did, and why. */
export interface LastEvaluationAnswer {
  readonly trigger: string;
  /** What else was asked for and was done with it. */
  readonly collapsed: readonly CollapsedAnswer[];
  readonly changed: readonly ChangedInput[];
  /** Criteria that were judged anew. */
  readonly ran: readonly string[];
  /** Criteria whose verdicts were kept, because no value they read had changed. */
  readonly kept: readonly string[];
  readonly judged_at: Readonly<Record<string, string>>;
  /** Of each criterion that ran, in milliseconds; one run of the checker serves C7 and C13, and counts for both. */
  readonly durations_ms: Readonly<Record<string, number>>;
  /** Whether the checkout was brought up to date with a push first. */
  readonly updated: boolean;
  readonly duration_ms: number;
  readonly host: string;
}

/** One change of a repository's tier or of a status. */
export interface HistoryEntry {
  /** When it was written. */
  readonly at: string;
  /** Null where it was evaluated for the first time. */
  readonly tier_was: Tier | null;
  readonly tier_now: Tier;
  /** Whose status changed; null where there was none, or is none any more. */
  readonly criteria: readonly {
    readonly id: CriterionId;
    readonly was: Status | null;
    readonly now: Status | null;
  }[];
  /** The inputs that caused it. */
  readonly changed: readonly ChangedInput[];
}

/** A page of a repository's history, the latest change first. */
export interface HistoryAnswer {
  readonly repo_slug: string;
  readonly changes: readonly HistoryEntry[];
  /** The cursor of the next page; null on the last. */
  readonly next: string | null;
}

/** One repository in the summary of all. */
export interface SummaryEntry {
  readonly repo_slug: string;
  readonly domain_slug: string | null;
  readonly tier: Tier;
  readonly core_pass: boolean;
  readonly standard_pass: boolean;
  readonly full_pass: boolean;
  /** Of each criterion; empty where the repository was never evaluated. */
  readonly statuses: Readonly<Partial<Record<CriterionId, Status>>>;
  /** The criteria that do not count towards a tier. */
  readonly failing: readonly FailingCriterion[];
  readonly checked_at: string | null;
  readonly stale: boolean;
  readonly stale_reasons: readonly StaleReason[];
  readonly verified: Verified;
  /** Whether the last attempt to evaluate it ended in a failure. */
  readonly broken: boolean;
}

export interface FailingCriterion {
  readonly id: CriterionId;
  readonly label: string;
  readonly status: Status;
}

/** How far a sweep is, or how it ended. */
export interface SweepAnswer {
  readonly id: string;
  /** What made it begin: the night, or a person. */
  readonly trigger: string;
  /** The host that sweeps. */
  readonly host: string;
  /** `lost`: it ended before its end, since its process died, broke or was stopped. What it asked for stays asked for. */
  readonly state: 'running' | 'finished' | 'lost';
  readonly started_at: string;
  /** When its process was last heard of. */
  readonly alive_at: string;
  readonly finished_at: string | null;
  /** The active repositories. */
  readonly total: number;
  /** How many of them are fresh, judged, broken or gone. */
  readonly done: number;
  readonly counts: SweepCounts;
}

/** What a sweep found, and what became of what it asked for. */
export interface SweepCounts {
  /** Looked at. */
  readonly probed: number;
  readonly fresh: number;
  readonly asked: number;
  /** How often each reason was the reason to ask. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Of those asked for: broken at the end. */
  readonly failed: number;
  /** Of those asked for: no longer registered, or archived, before they were judged. */
  readonly gone: number;
  /** Of those asked for: put off without a failure of their own, since their host is in trouble. */
  readonly held: number;
  /** Of those asked for, by host: what waits for one that is not heard of. */
  readonly away: Readonly<Record<string, number>>;
}

/** The tier and the three booleans, as every answer spells them. */
export function tierAnswer(
  result: TierResult,
): Pick<ReportAnswer, 'tier' | 'core_pass' | 'standard_pass' | 'full_pass'> {
  return {
    tier: result.tier,
    core_pass: result.corePass,
    standard_pass: result.standardPass,
    full_pass: result.fullPass,
  };
}
