/**
 * The decision of `doi gate`, pure: whether a server's report shows that a tier is reached. Promise: it is met only if every
 * verdict up to the tier is there and counts, of the commit that was given, and fresh or as young as was allowed.
 */
import type { ServerReport, ServerStaleReason } from '../api/server-report.js';
import { CHECKOUT_KEYS, type CheckoutKey, REGISTRY_KEYS } from '../domain/input.js';
import { counts, TIER_CRITERIA, TIERS } from '../domain/tier.js';
import { KEPT_BY_CACHE, KEPT_REMEDY, noVerdict, type UnknownReason } from '../domain/unknown-reason.js';
import { CRITERION_TIERS, type CriterionId, type CriterionTier, type Verdict } from '../domain/verdict.js';
import { CLOCKS_MS } from './kept-by-cache.js';
import type { ReadReport } from './read-server-report.js';

export interface GateOptions {
  readonly require: CriterionTier;
  /** How old a stale verdict may be; undefined where a stale one is not enough. */
  readonly maxAgeMs?: number | undefined;
  /** The beginning of the commit that the verdict must be of, in lower case. */
  readonly atCommit?: string | undefined;
  /** The inputs that a criterion rests on. */
  readonly inputsOf: (id: CriterionId) => readonly string[];
}

export type GateDecision =
  /** `accepted`: the reasons why the verdict is stale, which its age outweighs. */
  | { readonly outcome: 'met'; readonly accepted: readonly ServerStaleReason[] }
  | {
      readonly outcome: 'not_met';
      readonly accepted: readonly ServerStaleReason[];
      readonly missing: readonly Verdict[];
    }
  | { readonly outcome: 'unknown'; readonly reasons: readonly UnknownReason[] };

/** Decides by a report and the server's time of it. */
export function decideGate(read: ReadReport, options: GateOptions): GateDecision {
  const { report } = read;
  if (report.checked_at === null || report.criteria.length === 0)
    return { outcome: 'unknown', reasons: [neverEvaluated(report)] };
  const needed = criteriaUpTo(options.require);
  const judged = report.criteria.filter(({ id }) => needed.includes(id));
  const reasons = [
    ...commitReasons(report, options.atCommit),
    ...staleReasons(read, options),
    ...needed.filter((id) => !judged.some((verdict) => verdict.id === id)).map(noVerdict),
  ];
  if (reasons.length > 0) return { outcome: 'unknown', reasons };
  const accepted = report.stale_reasons;
  const missing = judged.filter(({ status }) => !counts(status));
  if (missing.length > 0) return { outcome: 'not_met', accepted, missing };
  // The server counts the same verdicts; where its release counts otherwise, this one cannot say which is right.
  if (TIERS.indexOf(report.tier) < TIERS.indexOf(options.require))
    return { outcome: 'unknown', reasons: [contradiction(report, options.require)] };
  return { outcome: 'met', accepted };
}

/** All criteria of a tier and of the tiers below it. */
function criteriaUpTo(tier: CriterionTier): CriterionId[] {
  return CRITERION_TIERS.slice(0, CRITERION_TIERS.indexOf(tier) + 1).flatMap((each) => TIER_CRITERIA[each]);
}

function neverEvaluated({ repo_slug: slug, failure, host_trouble: host }: ServerReport): UnknownReason {
  const problem = failure ?? host;
  const text = `${slug} was never evaluated.${problem === null ? '' : ` ${problem.message}`}`;
  const remedy = problem?.remedy ?? `Run "doi refresh ${slug}", which needs a worker on its home host.`;
  return { code: 'never_evaluated', text, remedy };
}

function commitReasons({ checkout }: ServerReport, wanted: string | undefined): UnknownReason[] {
  if (wanted === undefined || checkout?.head?.startsWith(wanted)) return [];
  if (checkout?.head === null && checkout.kind === 'working') return [unknowableCommit(checkout.host)];
  const at = checkout?.head?.slice(0, Math.max(12, wanted.length));
  const text = at
    ? `The server's checkout is at ${at}, not at ${wanted}.`
    : `The server does not know at which commit its checkout is, so not whether at ${wanted}.`;
  const remedy = 'Wait with --wait until the server has the commit: a webhook or a mirror brings it there.';
  return [{ code: 'other_commit', text, remedy }];
}

/** The reason that no waiting removes. */
export const UNKNOWABLE_COMMIT = 'commit_unknown';

function unknowableCommit(host: string): UnknownReason {
  const text = `The server does not know the commit of the working folder on ${host}: it is on another host, or has none.`;
  const remedy =
    'Leave --at-commit out, ask a server on that host, or register a mirror, whose commit every server knows.';
  return { code: UNKNOWABLE_COMMIT, text, remedy };
}

function staleReasons(read: ReadReport, options: GateOptions): UnknownReason[] {
  const { report } = read;
  if (!report.stale && report.stale_reasons.length === 0) return [];
  const refused = report.stale_reasons.filter((reason) => !mayAccept(reason, options));
  const stale = refused.map(({ code, text }) => ({
    code,
    text,
    remedy: code === KEPT_BY_CACHE ? KEPT_REMEDY : staleRemedy(report),
  }));
  if (stale.length > 0) return stale;
  const tooOld = ageProblem(read, options);
  return tooOld === null ? [] : [{ code: 'over_age', text: tooOld, remedy: staleRemedy(report) }];
}

function staleRemedy({ repo_slug: slug, failure, host_trouble: host }: ServerReport): string {
  const problem = failure ?? host;
  if (problem !== null) return `The last attempt failed: ${problem.message} ${problem.remedy}`;
  return `Wait with --wait until a worker has judged it, or run "doi refresh ${slug}".`;
}

/** Inputs that a criterion names; the rules of all criteria are none of these. */
const INPUTS = [...CHECKOUT_KEYS, ...REGISTRY_KEYS, 'checker'] as const;

const ACCEPTED: ReadonlySet<string> = new Set([
  'input_changed',
  'unsettled',
  'not_verified',
  'pushed',
  'over_age',
]);

/**
 * Whether a young verdict outweighs this reason. Never one of another program's row, or one that this release does not
 * know; and none that says that the checkout changed since, where a commit is given: the verdict would be of another one.
 */
function mayAccept({ code, input }: ServerStaleReason, { maxAgeMs, atCommit }: GateOptions): boolean {
  if (maxAgeMs === undefined || !ACCEPTED.has(code)) return false;
  return atCommit === undefined || !CHECKOUT_KEYS.includes(input as CheckoutKey);
}

/** `Date` has whole seconds, cut off. */
const DATE_STEP_MS = 1000;

/** Why a stale verdict is not young enough; null where it is. */
function ageProblem(read: ReadReport, options: GateOptions): string | null {
  const { report, at } = read;
  if (options.maxAgeMs === undefined || report.checked_at === null) return 'The verdict is stale.';
  if (at === null) return 'The age of the verdict is not known: the answer has no Date.';
  for (const { of, judgedAt } of judgedTimes(report, options)) {
    if (judgedAt === undefined)
      return `The age of the verdict of ${of} is not known: the report does not say when it was judged.`;
    const age = at.getTime() + DATE_STEP_MS - Date.parse(judgedAt);
    if (age < -CLOCKS_MS) return `The verdict of ${of} is of ${judgedAt}, which is in the server's future.`;
    if (age > options.maxAgeMs)
      return `The stale verdict of ${of} is of ${judgedAt}, and older than --max-age allows.`;
  }
  return null;
}

/**
 * The times by which the age is measured. Where the checker is broken, a worker writes the other verdicts with a new
 * `checked_at` beside the old ones of C7 and C13, so each criterion that rests on a stale input counts by its own time.
 */
function judgedTimes(report: ServerReport, { require, inputsOf }: GateOptions) {
  const stale = new Set(report.stale_reasons.map(({ input }) => input));
  // A reason of the whole report, such as its age or the remote, is one of every criterion.
  const isOfAll =
    stale.size === 0 || [...stale].some((input) => !(INPUTS as readonly string[]).includes(input));
  const resting = criteriaUpTo(require).filter((id) => isOfAll || inputsOf(id).some((key) => stale.has(key)));
  return [
    { of: report.repo_slug, judgedAt: report.checked_at ?? undefined },
    ...resting.map((id) => ({ of: id, judgedAt: report.evaluation?.judged_at[id] })),
  ];
}

function contradiction({ tier }: ServerReport, required: CriterionTier): UnknownReason {
  const text = `The server says that the tier is ${tier}, although no verdict up to ${required} is missing.`;
  return { code: 'contradiction', text, remedy: 'Run the same release here as on the server.' };
}
