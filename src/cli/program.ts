/** The command line: the list of all commands, the options that they share, and how one runs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { packageRoot } from '../platform/process/package-root.js';
import { addArchive, addMove, addUnregister } from './change.js';
import { addChanges } from './changes.js';
import { addCheck } from './check.js';
import { addCompletion } from './completion.js';
import { type Context, EXIT, type Io } from './context.js';
import { addDiscover } from './discover.js';
import { addDoctor } from './doctor.js';
import { addGate } from './gate.js';
import { addHost } from './host.js';
import { addInit } from './init.js';
import { addMcp } from './mcp.js';
import { addMigrate } from './migrate.js';
import { addRecord } from './record.js';
import { addRefresh } from './refresh.js';
import { addRegister } from './register.js';
import { addWeb, addWorker } from './serve.js';
import { addShow, addWhy } from './show.js';
import { addStart } from './start.js';
import { addSummary } from './summary.js';
import { addSweep } from './sweep.js';

const EXIT_CODES = `
Exit codes:
  0  done, or met
  1  a repository is below the required tier, or worse than its baseline
  2  wrong usage
  3  could not run: a file, a service or a setting is missing or broken
  4  not known: stale, unreachable or not judged`;

/** Makes the parser with every command. */
export function makeProgram(context: Context): Command {
  const program = new Command('doi');
  program
    .description(
      'Shows how far git repositories meet their Definition of Integrated (DoI), and keeps that up to date.',
    )
    .version(readVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHelpWidth: () => context.stdout.columns ?? 100,
      getErrHelpWidth: () => context.stderr.columns ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError('(add --help to see how to use it)')
    .addHelpText('after', `${EXIT_CODES}\n\nBegin with "doi check": it needs no service.`);
  for (const add of COMMANDS) add(program, context);
  return program;
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}

/** Adds a command to the program. It imports what is slow to load only when it runs, so that `--help` stays fast. */
export type AddCommand = (program: Command, context: Context) => void;

/** All commands, in the order of the help. */
export const COMMANDS: readonly AddCommand[] = [
  addCheck,
  addGate,
  addInit,
  addStart,
  addRegister,
  addDiscover,
  addUnregister,
  addArchive,
  addMove,
  addRecord,
  addShow,
  addSummary,
  addWhy,
  addChanges,
  addRefresh,
  addSweep,
  addWeb,
  addWorker,
  addMcp,
  addHost,
  addMigrate,
  addDoctor,
  addCompletion,
];

/** Runs one command line. @returns the exit code; every error is printed, none is thrown */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const context = makeContext(io);
  try {
    await makeProgram(context).parseAsync([...argv], { from: 'user' });
    return context.exitCode;
  } catch (error) {
    // The parser has printed its message already, or the help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const { printError } = await import('./print-error.js');
    return printError(error, io);
  }
}

function makeContext(io: Io): Context {
  let exitCode: number = EXIT.done;
  return {
    ...io,
    get exitCode() {
      return exitCode;
    },
    set exitCode(code) {
      exitCode = code;
      io.onExitCode?.(code);
    },
  };
}
