/** Runs the consistency checker on a checkout, and returns its findings or throws why there are none. */
import type { ErrorCode } from '../domain/errors.js';
import type { Finding } from '../domain/input.js';
import { probeChecker } from '../inputs/probe/checker-version.js';
import type { CheckerSettings } from '../platform/config.js';
import { broken, readExitCode, readJsonOutput } from './checker-output.js';
import { describeEnd } from './describe-run.js';
import { type Command, type CommandOptions, type CommandRun, runCommand } from './run-command.js';

export interface CheckerOptions extends CommandOptions {
  readonly settings: CheckerSettings;
}

/** What a check found, and how long its program ran, in milliseconds; waiting for its turn does not count. */
export interface CheckResult {
  readonly findings: readonly Finding[];
  readonly ms: number;
}

const CODES: Readonly<Record<CommandRun['why'], ErrorCode>> = {
  'timed-out': 'checker_timed_out',
  flooded: 'checker_flooded',
  exited: 'checker_crashed',
};

/**
 * Runs the checker once. It gives a result only where it exits by itself, with a code and an output that agree.
 * @throws {DoiError} `checker_missing` or `host_exhausted` where it could not be started, `checker_timed_out`,
 *   `checker_flooded`, `checker_crashed`, `checker_output_invalid` or `checker_contradicts_itself` where it broke; the
 *   signal's reason where that was aborted
 */
export async function runChecker(request: CheckerOptions): Promise<CheckResult> {
  const { settings, slug } = request;
  const run = await runCommand(request, () => findChecker(request));
  const { code, ms } = run;
  const end = describeEnd(run, 'The checker', request.timeoutMs);
  if (end !== undefined || code === null) throw broken(CODES[run.why], end ?? '', run);
  const byCode = settings.kind === 'command' && settings.output === 'exit-code';
  const ended = { ...run, code };
  return { findings: byCode ? readExitCode(ended) : readJsonOutput(ended, slug), ms };
}

/**
 * Finds the checker's program by the file that its version is of, before an isolation's program stands before it: that one
 * would hide that the checker is missing.
 */
function findChecker({ settings, environment }: CheckerOptions): Command {
  const { program, args } = probeChecker(settings, environment['PATH'] ?? '');
  // The built-in checker needs no TERM: it writes no file and starts no program.
  return settings.kind === 'built-in' ? { program, args, cwd: '/', mayBeFirst: true } : { program, args };
}
