/** Tries the consistency checker as a worker runs it, on a checkout with nothing wrong in it and on one with faults. */
import pLimit from 'p-limit';
import type { Finding, Severity } from '../domain/input.js';
import { probeIsolation } from '../inputs/load/isolation.js';
import { runChecker } from '../inputs/load/run-checker.js';
import { probeChecker } from '../inputs/probe/checker-version.js';
import type { Config } from '../platform/config.js';
import { type CanaryKind, withCanary } from '../worker/canary.js';
import { type Check, ok, problem, type Report, warning } from './check.js';
import { brokenCheck } from './run-group.js';
import { count } from './wording.js';

export type CheckerSubject = Pick<
  Config,
  'checker' | 'environment' | 'searchPath' | 'checkTimeoutMs' | 'ageLimits'
>;

/** How a run ended: what was found, or why there is no result. */
export type Trial =
  | { readonly findings: readonly Finding[]; readonly ms: number }
  | { readonly broke: unknown };

export async function examineChecker(subject: CheckerSubject, report: Report): Promise<void> {
  const { checker, searchPath } = subject;
  try {
    report(describeChecker(subject, probeChecker(checker, searchPath)));
  } catch (error) {
    report(brokenCheck('program', error));
    return;
  }
  // Both at once: one that hangs takes its whole time.
  const [good, bad] = await Promise.all([tryOn('good', subject), tryOn('bad', subject)]);
  report(judgeGood(good, checker.kind));
  report(judgeBad(bad, checker.kind));
  if (checker.kind === 'command') report(ok('ageing', describeAgeing(subject.ageLimits)));
}

function describeChecker(
  { checker, checkTimeoutMs }: CheckerSubject,
  { program, version }: { program: string; version: string },
): Check {
  const limit = `${checkTimeoutMs / 1000} s a run`;
  if (checker.kind === 'built-in') return ok('program', `the built-in one, ${version}, ${limit}`);
  const args = count(checker.argv.length - 1, 'argument');
  return ok(
    'program',
    `${program} with ${args}, judged by its ${checker.output === 'json' ? 'JSON' : 'exit code alone'}, ${version}, ${limit}`,
  );
}

async function tryOn(kind: CanaryKind, subject: CheckerSubject): Promise<Trial> {
  const { checker: settings, environment, checkTimeoutMs: timeoutMs } = subject;
  try {
    const isolation = await probeIsolation(environment);
    const limit = pLimit(1);
    return await withCanary(kind, async (checkout) => {
      const began = performance.now();
      const findings = await runChecker({ settings, ...checkout, timeoutMs, limit, isolation, environment });
      return { findings, ms: performance.now() - began };
    });
  } catch (broke) {
    return { broke };
  }
}

const GOOD = 'good checkout';
const BAD = 'bad checkout';

/** A checker of the user's own may have rules that this checkout cannot meet; the built-in one has none. */
export function judgeGood(trial: Trial, kind: 'built-in' | 'command'): Check {
  if ('broke' in trial) return brokenCheck(GOOD, trial.broke);
  const found = describeTrial(trial);
  if (codeOf(trial.findings) === 0) return ok(GOOD, found);
  if (kind === 'built-in') return problem(GOOD, `${found}, where nothing is wrong.`, 'Run "npm ci" again.');
  const remedy =
    'That is well where it is a rule of its own, such as a slug that its hub must know. Else it says so of every ' +
    'repository: read the finding, and run it by hand on a repository that is in order.';
  return warning(GOOD, `${found}. By the rules of workplans nothing is wrong in it.`, remedy);
}

/** One that calls this clean would call everything clean. */
export function judgeBad(trial: Trial, kind: 'built-in' | 'command'): Check {
  if ('broke' in trial) return brokenCheck(BAD, trial.broke);
  const found = describeTrial(trial);
  if (codeOf(trial.findings) === 1) return ok(BAD, `faults are found: ${found}`);
  if (kind === 'built-in') return problem(BAD, `${found}, where there are faults.`, 'Run "npm ci" again.');
  const remedy =
    'Its workplan lacks required keys and has an unknown status, which the contract calls FAIL (docs/criteria.md). ' +
    'See that the checker looks at {path}, and ends with 1 for a FAIL.';
  return warning(
    BAD,
    `${found}, although the checkout has faults: C7 might pass for every repository.`,
    remedy,
  );
}

/** The exit code is told by the findings: where the two do not agree there is no result. */
function describeTrial({ findings, ms }: Extract<Trial, { findings: unknown }>): string {
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
  return `what it reads besides the workplans is not known, so C7 and C13 are judged again before they are ${hours} h old (the shorter of DOI_CHECKER_MAX_AGE and DOI_MAX_AGE)`;
}
