/** The command line's grammar: its commands, and what all of them share. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { packageRoot } from '../platform/package-root.js';
import { COMMANDS } from './commands.js';
import type { Context } from './context.js';

const EXIT_CODES = `
Exit codes:
  0  done as asked
  1  a repository is below the tier asked for
  2  wrong usage
  3  could not run: a file, a service or the configuration is missing or broken`;

/** Makes the parser with every command. */
export function makeProgram(context: Context): Command {
  const program = new Command('doi');
  program
    .description(
      'Says how far git repositories meet their Definition of Integrated, and keeps that up to date.',
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
    .showHelpAfterError('(add --help to see how it is used)')
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
