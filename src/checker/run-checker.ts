/** Runs the checker on a checkout: findings, or an error that says why there are none. */
import type { ErrorCode } from '../domain/errors.js';
import type { Finding } from '../domain/input.js';
import { probeChecker } from '../inputs/probe/checker-version.js';
import type { CheckerSettings } from '../platform/config.js';
import { broken, readExitCode, readJsonOutput } from './checker-output.js';
import { describeEnd } from './describe-run.js';
import { type Command, type CommandRequest, type CommandRun, runCommand } from './run-command.js';

export interface CheckerRequest extends CommandRequest {
  readonly settings: CheckerSettings;
}

/** The findings of a check, and how long its program ran, in milliseconds, without waiting for its turn. */
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
 * Runs the checker once. Only an exit by itself, with a code and an output that agree, is a result.
 * @throws {DoiError} `checker_missing` or `host_exhausted` if it could not be started, `checker_timed_out`,
 *   `checker_flooded`, `checker_crashed`, `checker_output_invalid` or `checker_contradicts_itself` if it broke; the
 *   signal's reason if that was aborted
 */
export async function runChecker(request: CheckerRequest): Promise<CheckResult> {
  const { settings, slug } = request;
  const run = await runCommand(request, () => findChecker(request));
  const { code, ms } = run;
  const end = describeEnd(run, 'The checker', request.timeoutMs);
  if (end !== undefined || code === null) throw broken(CODES[run.why], end ?? '', run);
  const byCode = settings.kind === 'command' && settings.output === 'exit-code';
  const ended = { ...run, code };
  return { findings: byCode ? readExitCode(ended) : readJsonOutput(ended, slug), ms };
}

/** Found before the start, because an isolation's program would hide that it is missing, and by the file of its version. */
function findChecker({ settings, environment }: CheckerRequest): Command {
  const { program, args } = probeChecker(settings, environment['PATH'] ?? '');
  // It needs no TERM: it writes no file and starts no program.
  return settings.kind === 'built-in' ? { program, args, cwd: '/', mayBeFirst: true } : { program, args };
}
