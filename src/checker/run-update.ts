/** Runs the operator's command that brings a checkout up to date with what was pushed. */
import { DoiError } from '../domain/errors.js';
import { findProgram, requireFixedName } from '../platform/process/find-program.js';
import { describeEnd, describeExit } from './describe-run.js';
import { describePrinted } from './output.js';
import { type Command, type CommandRequest, runCommand } from './run-command.js';

export interface UpdateRequest extends CommandRequest {
  /** Of DOI_UPDATE_COMMAND. */
  readonly argv: readonly string[];
}

/**
 * Finds the command's program, when a worker starts.
 * @throws {DoiError} `bad_configuration` if it is missing, or if a repository could choose it
 */
export function findUpdateCommand(argv: readonly string[], searchPath: string): Command {
  const [name = '', ...args] = argv;
  requireFixedName(name, 'The update');
  const program = findProgram(name, searchPath);
  if (program !== undefined) return { program, args };
  const found = `The program ${name} that DOI_UPDATE_COMMAND names is not there.`;
  throw new DoiError('bad_configuration', found, 'Install it, or correct DOI_UPDATE_COMMAND.');
}

/**
 * Runs the command once; only exit code 0 is a success.
 * @throws {DoiError} `update_failed` if it is missing, fails, hangs or floods; `host_exhausted` if it could not be
 *   started because a resource is exhausted; the signal's reason if that was aborted
 */
export async function runUpdate(request: UpdateRequest): Promise<void> {
  const { argv, environment, timeoutMs } = request;
  const run = await runCommand(request, () => findUpdateCommand(argv, environment['PATH'] ?? '')).catch(
    (error: unknown) => {
      throw asFailed(error);
    },
  );
  const end = describeEnd(run, 'It', timeoutMs);
  if (end === undefined && run.code === 0) return;
  throw failed(describePrinted(end ?? `It ${describeExit(run)}.`, run));
}

/** A program that is gone prevents no evaluation: it is a failure of the update and no host problem. */
function asFailed(error: unknown): unknown {
  const isMissing =
    error instanceof DoiError && (error.code === 'bad_configuration' || error.code === 'checker_missing');
  return isMissing ? failed(error.message, error) : error;
}

function failed(found: string, cause?: unknown): DoiError {
  const remedy =
    'Run the update command by hand in that checkout and see what it says. The worker tries again by itself, and at once ' +
    'after "doi refresh" or another push.';
  return new DoiError(
    'update_failed',
    `The checkout could not be brought up to date with what was pushed. ${found}`,
    remedy,
    { cause },
  );
}
