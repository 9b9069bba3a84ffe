/** Runs the operator's command that brings a checkout up to date with a push. */
import { DoiError } from '../domain/errors.js';
import { findProgram, requireFixedName } from '../platform/process/find-program.js';
import { describeEnd, describeExit } from './describe-run.js';
import { describePrinted } from './output.js';
import { type Command, type CommandOptions, runCommand } from './run-command.js';

export interface UpdateOptions extends CommandOptions {
  /** From DOI_UPDATE_COMMAND. */
  readonly argv: readonly string[];
}

/**
 * Finds the command's program; a worker does so when it starts, too.
 * @throws {DoiError} `bad_configuration` where it is not there, or where a placeholder is part of its name
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
 * @throws {DoiError} `update_failed` where it is missing, fails, hangs or prints too much; `host_exhausted` where the host
 *   lacked the means to start it; the signal's reason where that was aborted
 */
export async function runUpdate(request: UpdateOptions): Promise<void> {
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

/** A missing program is a failure of the update and no host problem, since repositories can be judged without it. */
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
