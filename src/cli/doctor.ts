/** `doi doctor`: examines an installation and says what to do. */
import type { Command } from 'commander';
import type { Examined } from '../doctor/check.js';
import { type Context, EXIT } from './context.js';
import { addHelpText } from './help-text.js';
import { showJson, viewOf } from './terminal.js';

interface Options {
  readonly json?: boolean;
}

export function addDoctor(program: Command, context: Context): void {
  const command = program
    .command('doctor')
    .summary('examine this installation and say what to do')
    .description(
      'Examines what doi-worker needs: releases, settings, PostgreSQL, Redis, checkouts, mirrors, workers, this host and the ' +
        'checker. Each line is ok, a warning or a problem, and says what to do unless it is ok. It changes nothing.',
    )
    .option('--json', 'print JSON')
    .action((options: Options) => diagnose(options, context));
  addHelpText(command, {
    notes:
      'Run it on each host, as the user and with the environment of its worker. A server that does not answer gets a\n' +
      'line after a few seconds; only the checker may take longer, up to DOI_CHECK_TIMEOUT.',
    examples: [
      ['doi doctor', 'before going live, after an update, and when something is odd'],
      ['doi doctor --json', 'the same for programs'],
    ],
    exits: [
      [EXIT.done, 'no problem; there may be warnings'],
      [EXIT.broken, 'there is a problem'],
    ],
  });
}

async function diagnose({ json }: Options, context: Context): Promise<void> {
  const { withExamineDeps } = await import('./open-doctor.js');
  const { examine } = await import('../doctor/examine.js');
  const { formatGroup, formatCounts } = await import('./format-doctor.js');
  const { countStates, toDoctorAnswer } = await import('../doctor/check.js');
  const { stdout, env } = context;
  const view = viewOf(stdout);
  const show = (group: Examined) => {
    if (!json) stdout.write(`${formatGroup(group, view)}\n`);
  };
  const groups = await withExamineDeps(env, (deps) => examine(deps, show));
  const counts = countStates(groups);
  if (counts.problem > 0) context.exitCode = EXIT.broken;
  stdout.write(json ? showJson(toDoctorAnswer(groups)) : formatCounts(counts, view.paint));
}
