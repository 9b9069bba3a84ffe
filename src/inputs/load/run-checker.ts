/** Runs the consistency checker on a checkout: findings, or an error that says why there are none. */
import type { LimitFunction } from 'p-limit';
import { DoiError } from '../../domain/errors.js';
import type { Finding } from '../../domain/input.js';
import type { CheckerSettings } from '../../platform/config.js';
import { probeChecker } from '../probe/checker-version.js';
import { broken, readExitCode, readJsonOutput } from './checker-output.js';
import type { Environment } from './child-environment.js';
import type { Isolation } from './isolation.js';
import { type RunResult, runSubprocess } from './run-subprocess.js';

export interface CheckerRequest {
  readonly settings: CheckerSettings;
  /** The checkout's folder, absolute. */
  readonly path: string;
  readonly slug: string;
  /** In milliseconds, from when the checker is started; waiting for its turn does not count. */
  readonly timeoutMs: number;
  /** Shared by all jobs of a worker; nothing else may be run inside it. */
  readonly limit: LimitFunction;
  readonly isolation: Isolation;
  /** This process's; the checker gets PATH, HOME, the language, the time zone and TMPDIR of it. */
  readonly environment: Environment;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs the checker once. Only an exit by itself, with a code and an output that agree, is a result.
 * @throws {DoiError} `checker_missing` or `host_exhausted` where it could not be started, `checker_timed_out`,
 *   `checker_flooded`, `checker_crashed`, `checker_output_invalid` or `checker_contradicts_itself` where it broke; the
 *   signal's reason where that was aborted
 */
export async function runChecker(request: CheckerRequest): Promise<readonly Finding[]> {
  const run = await request.limit(() => start(request));
  if (run.why === 'aborted' || run.why === 'not-started') throw abortReason(request.signal);
  if (run.why === 'timed-out') {
    const seconds = request.timeoutMs / 1000;
    throw broken('checker_timed_out', `The checker did not end within ${seconds} s.`, run);
  }
  if (run.why === 'flooded') throw broken('checker_flooded', 'The checker printed more than 8 MiB.', run);
  if (run.code === null) {
    throw broken('checker_crashed', `The checker was ended by ${run.signal ?? 'an unknown signal'}.`, run);
  }
  const exited = { code: run.code, stdout: run.stdout, stderr: run.stderr };
  const byCode = request.settings.kind === 'command' && request.settings.output === 'exit-code';
  return byCode ? readExitCode(exited) : readJsonOutput(exited, request.slug);
}

function start(request: CheckerRequest): Promise<RunResult> {
  const { settings, environment, isolation, timeoutMs, signal } = request;
  // Before an isolation's program hides that it is missing, and by the file that its version is of.
  const { program, args } = probeChecker(settings, environment['PATH'] ?? '');
  const argv = [program, ...args.map((text) => fill(text, request))];
  // Not the checkout: many interpreters load code from the folder they are started in.
  const cwd = settings.kind === 'built-in' ? '/' : workingFolder();
  return runSubprocess({ argv, cwd, environment, isolation, timeoutMs, signal });
}

/** Replaces both placeholders in one pass, so that what is put in is never read as one. */
function fill(text: string, { path, slug }: CheckerRequest): string {
  return text.replace(/\{(path|slug)\}/g, (_, name: string) => (name === 'path' ? path : slug));
}

function workingFolder(): string {
  try {
    return process.cwd();
  } catch (error) {
    const found = 'The folder that this process was started in is not there any more.';
    throw new DoiError('checker_missing', found, 'Start it again from a folder that stays.', {
      cause: error,
    });
  }
}

function abortReason(signal: AbortSignal | undefined): unknown {
  return signal?.reason ?? new Error('The run of the checker was aborted.');
}
