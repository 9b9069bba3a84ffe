/** Runs a command of a setting for a checkout, with its placeholders filled in, and not in the checkout's own folder. */
import type { LimitFunction } from 'p-limit';
import type { Owner } from '../checkout/resolve-root.js';
import { DoiError } from '../domain/errors.js';
import { findCheckUser } from './check-user.js';
import type { Environment, Isolation } from './isolation.js';
import { type RunResult, runSubprocess } from './run-subprocess.js';

/** The checkout that a command is for. */
export interface CheckedFolder {
  /** Its folder, absolute. */
  readonly path: string;
  readonly slug: string;
  /** The folder's owner. If missing, the worker reads it from the folder, which may hang with that file system. */
  readonly owner?: Owner | null | undefined;
}

export interface CommandOptions extends CheckedFolder {
  /** In milliseconds from its start; waiting for its turn does not count. */
  readonly timeoutMs: number;
  /** Gives the command its turn. It is shared by all jobs of a worker, for such commands alone. */
  readonly limit: LimitFunction;
  readonly isolation: Isolation;
  /** DOI_CHECK_USER: the user as whom root runs it; undefined for the checkout's owner. */
  readonly checkUser?: string | undefined;
  /** Of this process; the command gets its PATH, HOME, language, time zone and TMPDIR. */
  readonly environment: Environment;
  /** Starts the program; by default this process does. */
  readonly run?: typeof runSubprocess;
  readonly signal?: AbortSignal | undefined;
}

export interface Command {
  /** Its full path. */
  readonly program: string;
  /** `{path}` and `{slug}` stand for those of the checkout. */
  readonly args: readonly string[];
  /** The folder to start it in; undefined for the one that this process was started in. */
  readonly cwd?: string;
  /** See {@link runSubprocess}. */
  readonly mayBeFirst?: boolean;
}

/** How a command ended that was not aborted. */
export interface CommandRun extends RunResult {
  readonly why: 'exited' | 'timed-out' | 'flooded';
}

/**
 * Runs a command once.
 * @param find finds the command, called when its turn comes
 * @throws {DoiError} `checker_missing` or `host_exhausted` where it could not be started; what `find` and
 *   `findCheckUser` throw; the signal's reason where that was aborted
 */
export async function runCommand(request: CommandOptions, find: () => Command): Promise<CommandRun> {
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

/** Replaces both placeholders in one pass, so that a path or slug is never read as a placeholder. */
function fill(text: string, { path, slug }: CommandOptions): string {
  return text.replace(/\{(path|slug)\}/g, (_, name: string) => (name === 'path' ? path : slug));
}

// Never the checkout: many interpreters load code from the folder in which they are started.
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
