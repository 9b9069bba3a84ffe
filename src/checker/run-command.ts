/** Runs a configured command for a checkout: fills in placeholders, waits for its turn, and never starts inside the checkout. */
import type { LimitFunction } from 'p-limit';
import type { Owner } from '../checkout/resolve-root.js';
import { DoiError } from '../domain/errors.js';
import { findCheckUser } from './check-user.js';
import type { Environment } from './child-environment.js';
import type { Isolation } from './isolation.js';
import { type RunResult, runSubprocess } from './run-subprocess.js';

/** The checkout that a command is for. */
export interface CheckedFolder {
  /** Its folder, absolute. */
  readonly path: string;
  readonly slug: string;
  /** The folder's owner; without it, this reads it, which may hang with the folder's file system. */
  readonly owner?: Owner | null | undefined;
}

export interface CommandRequest extends CheckedFolder {
  /** In milliseconds, from its start; waiting for its turn does not count. */
  readonly timeoutMs: number;
  /** Shared by all jobs of a worker; nothing else may run in it. */
  readonly limit: LimitFunction;
  readonly isolation: Isolation;
  /** DOI_CHECK_USER: the user that root runs it as; undefined for the checkout's owner. */
  readonly checkUser?: string | undefined;
  /** This process's environment; the command gets its PATH, HOME, language, time zone and TMPDIR. */
  readonly environment: Environment;
  /** Runs the program; by default in this process. */
  readonly run?: typeof runSubprocess;
  readonly signal?: AbortSignal | undefined;
}

export interface Command {
  /** Its full path. */
  readonly program: string;
  /** `{path}` and `{slug}` are replaced by the checkout's. */
  readonly args: readonly string[];
  /** Where it is started; undefined for the folder that this process was started in. */
  readonly cwd?: string;
  /** As {@link runSubprocess} takes it. */
  readonly mayBeFirst?: boolean;
}

/** How a command ended; it was not aborted. */
export interface CommandRun extends RunResult {
  readonly why: 'exited' | 'timed-out' | 'flooded';
}

/**
 * Runs a command once.
 * @param find finds the program, when it is its turn
 * @throws {DoiError} `checker_missing` or `host_exhausted` if it could not be started; what `find` and
 *   `findCheckUser` throw; the signal's reason if that was aborted
 */
export async function runCommand(request: CommandRequest, find: () => Command): Promise<CommandRun> {
  const run = await request.limit(async () => {
    const { program, args, cwd = workingFolder(), mayBeFirst } = find();
    const argv = [program, ...args.map((text) => fill(text, request))];
    const { isolation, timeoutMs, signal, run: start = runSubprocess } = request;
    const user = await findCheckUser(request, request.checkUser);
    const environment =
      user === undefined ? request.environment : { ...request.environment, HOME: user.home };
    return start({ argv, cwd, environment, isolation, user, mayBeFirst, timeoutMs, signal });
  });
  const { why } = run;
  if (why === 'aborted' || why === 'not-started') throw abortReason(request.signal);
  return { ...run, why };
}

/** Replaces both placeholders in one pass, so that a value is never read as a placeholder. */
function fill(text: string, { path, slug }: CommandRequest): string {
  return text.replace(/\{(path|slug)\}/g, (_, name: string) => (name === 'path' ? path : slug));
}

// Not the checkout: many interpreters load code from the folder they are started in.
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
  return signal?.reason ?? new Error('The run was aborted.');
}
