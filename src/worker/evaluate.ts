/** Evaluates a repository: runs what must run, keeps what may be kept, and says what each verdict rests on. */

import { CheckerBroken } from '../checker/checker-breaker.js';
import type { CheckResult } from '../checker/run-checker.js';
import type { CheckedFolder } from '../checker/run-command.js';
import { CRITERIA } from '../criteria/index.js';
import { isPresentCheckout } from '../domain/checkout-version.js';
import { DoiError } from '../domain/errors.js';
import type { ChangedInput, Evaluation, LastEvaluation } from '../domain/evaluation.js';
import { differingInputs, UNSTABLE, type Versions } from '../domain/fingerprint.js';
import type { AgeLimits } from '../domain/freshness.js';
import type { InputValues } from '../domain/input.js';
import { ageShare } from '../domain/request.js';
import { type AnyCriterion, BY_CHECKER, type CriterionId, type Verdict } from '../domain/verdict.js';
import type { ContentKey } from '../inputs/probe/probe-input.js';
import { expandHome } from '../platform/settings/setting-forms.js';
import { type Decision, decide } from './decide.js';
import { CONTENT_KEYS, digestValue, type GatherDependencies, Gathered } from './gather-values.js';
import { checkedWhatWasObserved, type ObserveDependencies, type Observed } from './observe.js';

export interface EvaluateDependencies extends ObserveDependencies, GatherDependencies {
  readonly limits: AgeLimits;
  /** Runs the consistency checker on a checkout. */
  readonly check: (checkout: CheckedFolder, signal: AbortSignal) => Promise<CheckResult>;
}

export interface EvaluateOptions {
  readonly last: LastEvaluation | undefined;
  readonly forced: boolean;
  /** The database's time when it was started: verdicts are stamped with it, and ages measured. */
  readonly at: Date;
  readonly signal: AbortSignal;
}

/** An evaluation, and the error of the checker where that alone broke or was not run: C7 and C13 then keep their last verdicts. */
export interface Evaluated {
  readonly evaluation: Evaluation;
  readonly checkerError: DoiError | undefined;
}

/**
 * Evaluates what was observed.
 * @throws {DoiError} where something broke: an error is not a verdict
 */
export async function evaluate(
  deps: EvaluateDependencies,
  observed: Observed,
  options: EvaluateOptions,
): Promise<Evaluated> {
  const { last } = options;
  if (last?.hadGit && observed.isEmpty) {
    const found = `The checkout ${observed.target.path ?? ''} is empty, and held a repository before.`;
    throw new DoiError('mount_missing', found, 'Mount its file system, or unregister the repository.');
  }
  const reusable =
    !options.forced && last?.versions.criteria === observed.versions.criteria ? last : undefined;
  const gathered = new Gathered(deps, observed);
  await gatherDigests(gathered, observed, reusable);
  const share = ageShare(observed.registry.repoId);
  const settings = { limits: deps.limits, at: options.at, share };
  const decision = decide(CRITERIA, { last: reusable, digests: gathered.digests }, settings);
  const checkerError = await gatherValues(deps, { gathered, observed, decision, options });
  if (checkerError !== undefined && last === undefined) throw checkerError;
  const done = checkerError === undefined ? decision : withoutChecker(decision, last);
  if (checkerError !== undefined && last !== undefined) restOnLast(gathered, observed, last);
  const judged = judge(done, gathered, { last, at: settings.at.toISOString() });
  return {
    evaluation: {
      ...judged,
      versions: gathered.versions,
      digests: gathered.storedDigests(),
      hadGit: observed.hasGit,
      ran: done.run.map(({ id }) => id),
      kept: done.kept.map(({ id }) => id),
      changed: last === undefined ? [] : describeChanges(last.versions, gathered.versions),
    },
    checkerError,
  };
}

/** Makes the digest of every input known: from last time where the version is the same, else by loading the value. */
async function gatherDigests(
  gathered: Gathered,
  observed: Observed,
  last: LastEvaluation | undefined,
): Promise<void> {
  const load: ContentKey[] = [];
  // Without a checkout every version is `absent`, as that of a missing file is, and the value another one.
  const alike = last !== undefined && isPresentCheckout(last.versions.checkout) && gathered.hasCheckout;
  for (const key of CONTENT_KEYS) {
    const digest = alike && last.versions[key] === observed.versions[key] ? last.digests[key] : undefined;
    if (digest !== undefined) gathered.reuse(key, digest);
    else load.push(key);
  }
  await gathered.load(load);
  if (gathered.hasCheckout) gathered.digests.findings = findingsDigest(gathered, observed);
}

/** What the checker's result rests on, digested; the result itself need not be known for that. */
function findingsDigest(gathered: Gathered, { versions, registry }: Observed): string {
  return digestValue([gathered.digests.workplans, versions.checker, versions.checkout, registry.slug]);
}

interface Step {
  readonly gathered: Gathered;
  readonly observed: Observed;
  readonly decision: Decision;
  readonly options: EvaluateOptions;
}

/** Makes the values known that the criteria to run need. @returns the checker's error, where it broke */
async function gatherValues(deps: EvaluateDependencies, step: Step): Promise<DoiError | undefined> {
  const { gathered, decision } = step;
  const needed = new Set(decision.run.flatMap(({ inputs }) => inputs));
  await gathered.load(CONTENT_KEYS.filter((key) => key !== 'workplans' && needed.has(key)));
  if (!needed.has('findings') || gathered.values.findings !== undefined) return undefined;
  if (gathered.workplansRejected !== undefined) {
    const rejected = { state: 'rejected', reason: gathered.workplansRejected } as const;
    gathered.keepFindings(rejected, findingsDigest(gathered, step.observed));
    return undefined;
  }
  try {
    await runCheck(deps, step);
    return undefined;
  } catch (error) {
    const isTheCheckers = error instanceof DoiError && error.kind === 'repository';
    if ((isTheCheckers || error instanceof CheckerBroken) && !step.options.signal.aborted) return error;
    throw error;
  }
}

async function runCheck(deps: EvaluateDependencies, { gathered, observed, options }: Step): Promise<void> {
  const { target, registry, owner } = observed;
  const checkout = { path: expandHome(target.path ?? ''), slug: registry.slug, owner };
  const { findings, ms } = await deps.check(checkout, options.signal);
  gathered.checkMs = ms;
  gathered.keepFindings({ state: 'checked', findings }, findingsDigest(gathered, observed));
  if (await checkedWhatWasObserved(deps, observed)) return;
  // The checker reads the folder itself: nobody knows which state it saw, so its verdict reads stale and is not kept.
  if (!gathered.versions.workplans.endsWith(UNSTABLE)) gathered.versions.workplans += UNSTABLE;
  delete gathered.digests.findings;
}

function withoutChecker({ run, kept }: Decision, last: LastEvaluation | undefined): Decision {
  const standing = last?.verdicts.filter(({ id }) => BY_CHECKER.includes(id)) ?? [];
  return {
    run: run.filter(({ id }) => !BY_CHECKER.includes(id)),
    kept: [...kept.filter(({ id }) => !BY_CHECKER.includes(id)), ...standing],
  };
}

/** Lets the row rest on the checker's former inputs, so that it reads stale for exactly these. */
function restOnLast(gathered: Gathered, { versions }: Observed, last: LastEvaluation): void {
  // The row gets the new versions of these: with the checker's former inputs back, it would read fresh although the
  // rules, the folder or the slug are other ones than those verdicts rest on.
  const alsoReads = ['criteria', 'checkout', 'repo'] as const;
  const mark = alsoReads.every((key) => last.versions[key] === versions[key]) ? '' : UNSTABLE;
  gathered.versions.workplans = last.versions.workplans.replace(/(?:~unsettled)?$/, (end) => end || mark);
  gathered.versions.checker = last.versions.checker;
  for (const key of ['workplans', 'findings'] as const) {
    const digest = last.digests[key];
    if (digest === undefined) delete gathered.digests[key];
    else gathered.digests[key] = digest;
  }
}

function judge(
  { run, kept }: Decision,
  gathered: Gathered,
  { last, at }: { last: LastEvaluation | undefined; at: string },
): Pick<Evaluation, 'verdicts' | 'judgedAt' | 'durations'> {
  const judged = new Map(kept.map((verdict) => [verdict.id, verdict]));
  const durations: Partial<Record<CriterionId, number>> = {};
  for (const criterion of run) {
    const began = performance.now();
    judged.set(criterion.id, judgeOne(criterion, gathered));
    const ms = performance.now() - began + (criterion.inputs.includes('findings') ? gathered.checkMs : 0);
    durations[criterion.id] = Number(ms.toFixed(3));
  }
  const judgedAt: Partial<Record<CriterionId, string>> = {};
  for (const { id } of kept) judgedAt[id] = last?.judgedAt[id] ?? '';
  for (const { id } of run) judgedAt[id] = at;
  const verdicts = CRITERIA.flatMap(({ id }) => judged.get(id) ?? []);
  return { verdicts, judgedAt, durations };
}

function judgeOne(criterion: AnyCriterion, gathered: Gathered): Verdict {
  return criterion.judgeDeclared(gathered.values as Partial<InputValues>);
}

function describeChanges(was: Versions, now: Versions): ChangedInput[] {
  return differingInputs(was, now).map((input) => ({ input, was: was[input], now: now[input] }));
}
