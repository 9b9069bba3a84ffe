/** Tries the checker as a worker runs it, on a checkout without faults and on one with faults. */
import pLimit from 'p-limit';
import { type CanaryKind, withCanary } from '../checker/canary.js';
import { requireCheckUser } from '../checker/check-user.js';
import { type Isolation, probeIsolation } from '../checker/isolation.js';
import { type CheckResult, runChecker } from '../checker/run-checker.js';
import { DoiError, type ErrorCode } from '../domain/errors.js';
import type { Finding, Severity } from '../domain/input.js';
import { count } from '../domain/text.js';
import { probeChecker } from '../inputs/probe/checker-version.js';
import type { Config } from '../platform/config.js';
import { installation } from '../platform/process/installation.js';
import { brokenCheck, type Check, ok, problem, type Report, warning } from './check.js';

export type CheckerDeps = Pick<
  Config,
  'checker' | 'checkUser' | 'environment' | 'searchPath' | 'checkTimeoutMs' | 'ageLimits'
>;

/** A run without a result. */
interface BrokenTrial {
  readonly broke: unknown;
}

/** The exit code of a run with a result follows from its findings: a run where the two disagree has no result. */
export type Trial = CheckResult | BrokenTrial;

export async function examineChecker(deps: CheckerDeps, report: Report): Promise<void> {
  const { checker, searchPath } = deps;
  try {
    report(describeChecker(deps, probeChecker(checker, searchPath)));
    await requireCheckUser(deps.checkUser);
  } catch (error) {
    report(brokenCheck('program', error));
    return;
  }
  const isolation = await probeIsolation(deps.environment);
  // Both at once, since a checker that hangs uses its whole time limit.
  const [good, bad] = await Promise.all([tryOn('good', deps, isolation), tryOn('bad', deps, isolation)]);
  report(judgeGood(good, checker.kind));
  const breaksAlike = 'broke' in good && 'broke' in bad && isAlike(good.broke, bad.broke);
  report(
    breaksAlike
      ? problem(BAD, 'It fails in the same way.', 'As for the good checkout.')
      : judgeBad(bad, checker.kind),
  );
  if (checker.kind === 'command') report(ok('ageing', describeAgeing(deps.ageLimits)));
}

function describeChecker(
  { checker, checkTimeoutMs }: CheckerDeps,
  { program, version }: { program: string; version: string },
): Check {
  const limit = `at most ${checkTimeoutMs / 1000} s a run`;
  if (checker.kind === 'built-in') return ok('program', `the built-in one, ${version}, ${limit}`);
  const args = count(checker.argv.length - 1, 'argument');
  const by = checker.output === 'json' ? 'JSON' : 'exit code alone';
  return ok('program', `${program} with ${args}, judged by its ${by}, ${version}, ${limit}`);
}

async function tryOn(kind: CanaryKind, deps: CheckerDeps, isolation: Isolation): Promise<Trial> {
  const { checker: settings, environment, checkTimeoutMs: timeoutMs, checkUser } = deps;
  const limit = pLimit(1);
  try {
    return await withCanary(kind, (checkout) =>
      runChecker({ settings, ...checkout, timeoutMs, limit, isolation, environment, checkUser }),
    );
  } catch (broke) {
    return { broke };
  }
}

const GOOD = 'good checkout';
const BAD = 'bad checkout';

/** A configured checker may have rules that this checkout cannot meet; the built-in one has none. */
export function judgeGood(trial: Trial, kind: 'built-in' | 'command'): Check {
  if ('broke' in trial) return describeBroken(GOOD, trial);
  const found = describeTrial(trial);
  if (codeOf(trial.findings) === 0) return ok(GOOD, found);
  if (kind === 'built-in')
    return problem(GOOD, `${found}, although the checkout has no fault.`, installation.repair);
  const remedy =
    'That is fine if it is a rule of the checker, such as a slug that its hub must know. Otherwise it reports the same for ' +
    'every repository: compare "doi check PATH --slug SLUG" on a registered checkout without faults.';
  return warning(GOOD, `${found}. By the contract of workplans it has no fault.`, remedy);
}

/** A checker that finds no fault here would find none anywhere. */
export function judgeBad(trial: Trial, kind: 'built-in' | 'command'): Check {
  if ('broke' in trial) return describeBroken(BAD, trial);
  const found = describeTrial(trial);
  if (codeOf(trial.findings) === 1) return ok(BAD, `it finds the faults: ${found}`);
  if (kind === 'built-in')
    return problem(BAD, `${found}, although the checkout has faults.`, installation.repair);
  const remedy =
    'Its workplan lacks required keys and has an unknown status, which the contract calls FAIL (docs/criteria.md). ' +
    'Make sure that the checker reads {path}, and exits with 1 for a FAIL.';
  return warning(
    BAD,
    `${found}, although the checkout has faults: C7 might pass for every repository.`,
    remedy,
  );
}

const BY_HAND =
  'Run it by hand as a worker does, with only PATH and HOME: "env -i PATH=$PATH HOME=$HOME" before its arguments ' +
  '(docs/operations.md, "A checker of your own").';

/** What to do about an error of that kind. */
const HELP: Readonly<Partial<Record<ErrorCode, string>>> = {
  checker_crashed: BY_HAND,
  checker_flooded: BY_HAND,
  checker_timed_out: `${BY_HAND} If it only needs more time, raise DOI_CHECK_TIMEOUT.`,
  checker_output_invalid: `${BY_HAND} A checker that prints no such JSON needs DOI_CONSISTENCY_OUTPUT=exit-code.`,
};

/** The error as a worker would report it, with another remedy: doctor does not retry by itself. */
function describeBroken(name: string, { broke }: BrokenTrial): Check {
  const { found, remedy } = brokenCheck(name, broke);
  const help = broke instanceof DoiError ? HELP[broke.code] : undefined;
  return problem(name, found, help ?? remedy ?? BY_HAND);
}

function isAlike(one: unknown, other: unknown): boolean {
  return one instanceof DoiError && other instanceof DoiError && one.code === other.code;
}

function describeTrial({ findings, ms }: CheckResult): string {
  const took = `exit code ${codeOf(findings)}, ${Math.round(ms)} ms`;
  const number = (severity: Severity) => findings.filter((one) => one.severity === severity).length;
  const counts = (['FAIL', 'WARN', 'INFO'] as const).flatMap((severity) =>
    number(severity) === 0 ? [] : [`${number(severity)} ${severity}`],
  );
  const [first] = findings;
  if (first === undefined) return `clean (${took})`;
  return `${counts.join(', ')} (${took}), first ${first.check}: ${first.message.replace(/\.$/, '')}`;
}

function codeOf(findings: readonly Finding[]): 0 | 1 | 2 {
  const has = (severity: Severity) => findings.some((one) => one.severity === severity);
  return has('FAIL') ? 1 : has('WARN') ? 2 : 0;
}

function describeAgeing({ any, checker }: Config['ageLimits']): string {
  const hours = Math.min(any, checker) / 3_600_000;
  const rule = 'the shorter of DOI_CHECKER_MAX_AGE and DOI_MAX_AGE';
  return `C7 and C13 are judged again before they are ${hours} h old (${rule}): doi-worker does not know what the checker reads besides workplans`;
}
