/** Runs one command line: finds the command, runs it, and turns whatever happens into an exit code. */
import { CommanderError } from 'commander';
import { type Context, EXIT, type Io } from './context.js';
import { makeProgram } from './program.js';

/** @returns the exit code; every error is printed, none is thrown. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const context: Context = { ...io, exitCode: EXIT.done };
  try {
    await makeProgram(context).parseAsync([...argv], { from: 'user' });
    return context.exitCode;
  } catch (error) {
    // The parser has printed its message, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const { printError } = await import('./print-error.js');
    return printError(error, io);
  }
}
