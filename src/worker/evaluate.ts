/** Evaluates a repository: runs the criteria that must run, keeps verdicts that may be kept, and records their inputs. */

import { CheckerBroken } from '../checker/checker-breaker.js';
import type { CheckResult } from '../checker/run-checker.js';
import type { CheckedFolder } from '../checker/run-command.js';
import { CRITERIA } from '../criteria/index.js';
import { isPresentCheckout } from '../domain/checkout-version.js';
import { DoiError } from '../domain/errors.js';
import type { ChangedInput, Evaluation, LastEvaluation } from '../domain/evaluation.js';
import { differingInputs, UNSTABLE, type Versions } from '../domain/fingerprint.js';
import { CONTENT_KEYS, type ContentKey, type InputValues } from '../domain/input.js';
import { ageShare } from '../domain/request.js';
import { type AnyCriterion, BY_CHECKER, type CriterionId, type Verdict } from '../domain/verdict.js';
import { type CompleteNow, problemOf } from '../inputs/complete-now.js';
import type { BareTip } from '../inputs/probe/commit-inputs.js';
import { type ReadNowDeps, readOneNow } from '../inputs/read-now.js';
import { expandHome } from '../platform/settings/setting-forms.js';
import { type Decision, decide } from './decide.js';
import { checkoutOf, digestValue, type GatherDependencies, Gathered, tipOf } from './gather-values.js';
import { StillFetching } from './still-fetching.js';

export interface EvaluateDependencies extends ReadNowDeps, GatherDependencies {
  /** Runs the consistency checker on a checkout. */
  readonly check: (checkout: CheckedFolder, signal: AbortSignal) => Promise<CheckResult>;
  /** Runs something on a folder that holds what the checker reads of a commit of a bare repository. */
  readonly layOut: <T>(
    tip: BareTip,
    use: (folder: Omit<CheckedFolder, 'slug'>) => Promise<T>,
    signal: AbortSignal,
  ) => Promise<T>;
}

export interface EvaluateOptions {
  readonly last: LastEvaluation | undefined;
  readonly forced: boolean;
  /** The database's time at the start: the time of its verdicts, by which ages are measured. */
  readonly at: Date;
  readonly signal: AbortSignal;
}

/** An evaluation, and the checker's error where only the checker broke or was not run: C7 and C13 keep their last verdicts. */
export interface Evaluated {
  readonly evaluation: Evaluation;
  readonly checkerError: DoiError | undefined;
}

/**
 * Evaluates a repository with the versions of now.
 * @throws {DoiError} where something broke: an error is not a verdict
 */
export async function evaluate(
  deps: EvaluateDependencies,
  now: CompleteNow,
  options: EvaluateOptions,
): Promise<Evaluated> {
  const { last } = options;
  if (last?.hadGit && now.probe.isEmpty) {
    const found = `The checkout ${checkoutOf(now).path ?? ''} is empty, and held a repository before.`;
    throw new DoiError('mount_missing', found, 'Mount its file system, or unregister the repository.');
  }
  const reusable = !options.forced && last?.versions.criteria === now.known.criteria ? last : undefined;
  const gathered = new Gathered(deps, now, options.signal);
  await gatherDigests(gathered, now, reusable);
  const share = ageShare(now.registry.repoId);
  const settings = { limits: deps.limits, at: options.at, share };
  const decision = decide(CRITERIA, { last: reusable, digests: gathered.digests }, settings);
  const checkerError = await gatherValues(deps, { gathered, now, decision, options });
  if (checkerError !== undefined && last === undefined) throw checkerError;
  const done = checkerError === undefined ? decision : withoutChecker(decision, last);
  if (checkerError !== undefined && last !== undefined) restOnLast(gathered, now, last);
  const judged = judge(done, gathered, { last, at: settings.at.toISOString() });
  return {
    evaluation: {
      ...judged,
      versions: gathered.versions,
      digests: gathered.storedDigests(),
      hadGit: now.probe.hasGit,
      ran: done.run.map(({ id }) => id),
      kept: done.kept.map(({ id }) => id),
      changed: last === undefined ? [] : describeChanges(last.versions, gathered.versions),
    },
    checkerError,
  };
}

/** Finds the digest of every input: the last evaluation's where the version is the same, else that of the loaded value. */
async function gatherDigests(
  gathered: Gathered,
  now: CompleteNow,
  last: LastEvaluation | undefined,
): Promise<void> {
  const load: ContentKey[] = [];
  // Without a checkout every version is `absent`, like that of a missing file, but the value differs.
  const alike = last !== undefined && isPresentCheckout(last.versions.checkout) && gathered.hasCheckout;
  for (const key of CONTENT_KEYS) {
    const digest = alike && last.versions[key] === now.known[key] ? last.digests[key] : undefined;
    if (digest !== undefined) gathered.reuse(key, digest);
    else load.push(key);
  }
  await gathered.load(load);
  if (gathered.hasCheckout) gathered.digests.findings = findingsDigest(gathered, now);
}

/** The digest of all that the checker's result rests on, without running the checker. */
function findingsDigest(gathered: Gathered, { known, registry }: CompleteNow): string {
  return digestValue([gathered.digests.workplans, known.checker, known.checkout, registry.slug]);
}

interface Step {
  readonly gathered: Gathered;
  readonly now: CompleteNow;
  readonly decision: Decision;
  readonly options: EvaluateOptions;
}

/** Gathers the values that the criteria to run need. @returns the checker's error, where it broke */
async function gatherValues(deps: EvaluateDependencies, step: Step): Promise<DoiError | undefined> {
  const { gathered, decision } = step;
  const needed = new Set(decision.run.flatMap(({ inputs }) => inputs));
  await gathered.load(CONTENT_KEYS.filter((key) => key !== 'workplans' && needed.has(key)));
  if (!needed.has('findings') || gathered.values.findings !== undefined) return undefined;
  // Where its digest was taken over, it is not known yet whether the folder can be checked at all.
  await gathered.load(['workplans']);
  if (gathered.workplansRejected !== undefined) {
    const rejected = { state: 'rejected', reason: gathered.workplansRejected } as const;
    gathered.keepFindings(rejected, findingsDigest(gathered, step.now));
    return undefined;
  }
  try {
    await runCheck(deps, step);
    return undefined;
  } catch (error) {
    if (error instanceof StillFetching) throw error;
    const isTheCheckers = error instanceof DoiError && error.kind === 'repository';
    if ((isTheCheckers || error instanceof CheckerBroken) && !step.options.signal.aborted) return error;
    throw error;
  }
}

async function runCheck(deps: EvaluateDependencies, { gathered, now, options }: Step): Promise<void> {
  const { slug } = now.registry;
  const check = (folder: Omit<CheckedFolder, 'slug'>) => deps.check({ ...folder, slug }, options.signal);
  const tip = tipOf(now);
  const { findings, ms } =
    tip === undefined
      ? await check({ path: expandHome(checkoutOf(now).path ?? ''), owner: now.probe.owner })
      : await deps.layOut(tip, check, options.signal);
  gathered.checkMs = ms;
  gathered.keepFindings({ state: 'checked', findings }, findingsDigest(gathered, now));
  if (await isAsBeforeCheck(deps, now, options.signal)) return;
  // The checker reads the folder itself. Which state it read is not known, so its verdict reads stale and is not kept.
  if (!gathered.versions.workplans.endsWith(UNSTABLE)) gathered.versions.workplans += UNSTABLE;
  delete gathered.digests.findings;
}

/**
 * Whether the checker, and the folder that it read, were the probed ones during the whole run. Versions alone cannot say so:
 * what was moved away and back has its old version again, but another path identity.
 */
async function isAsBeforeCheck(
  deps: EvaluateDependencies,
  before: CompleteNow,
  signal: AbortSignal,
): Promise<boolean> {
  const after = await readOneNow(deps, before.registry, { isHere: () => true, pathIdentity: true, signal });
  const { workplans, checkout, checker } = after.versions;
  if (after.probe === null || 'notVerified' in checker) throw problemOf(after);
  const isSameChecker =
    checker.version === before.known.checker && after.probe.checkerIdentity === before.probe.checkerIdentity;
  // The checker read a folder of this process, laid out from a commit, which never changes.
  if (before.probe.bare !== null) return isSameChecker;
  return (
    isSameChecker &&
    'version' in workplans &&
    workplans.version === before.known.workplans &&
    'version' in checkout &&
    checkout.version === before.known.checkout &&
    after.probe.pathIdentity === before.probe.pathIdentity
  );
}

function withoutChecker({ run, kept }: Decision, last: LastEvaluation | undefined): Decision {
  const standing = last?.verdicts.filter(({ id }) => BY_CHECKER.includes(id)) ?? [];
  return {
    run: run.filter(({ id }) => !BY_CHECKER.includes(id)),
    kept: [...kept.filter(({ id }) => !BY_CHECKER.includes(id)), ...standing],
  };
}

/** Stores the checker's inputs of the last evaluation in the row, so that the row reads stale for exactly these. */
function restOnLast(gathered: Gathered, { known }: CompleteNow, last: LastEvaluation): void {
  // The row gets the new versions of these keys. If one of them changed, the kept verdicts rest on other rules, another
  // folder or another slug, and without a mark the row could read fresh.
  const alsoReads = ['criteria', 'checkout', 'repo'] as const;
  const mark = alsoReads.every((key) => last.versions[key] === known[key]) ? '' : UNSTABLE;
  const { workplans } = last.versions;
  gathered.versions.workplans = workplans.endsWith(UNSTABLE) ? workplans : workplans + mark;
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
