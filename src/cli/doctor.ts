/** `doi doctor`: examines an installation, line by line. */
import type { Command } from 'commander';
import type { Examined } from '../doctor/check.js';
import { type Context, EXIT } from './context.js';
import { addHelpText } from './help-text.js';
import { showJson } from './terminal.js';

interface Options {
  readonly json?: boolean;
}

export function addDoctor(program: Command, context: Context): void {
  const command = program
    .command('doctor')
    .summary('examine this installation, and say what to do')
    .description(
      'Examines what doi-worker needs: releases, settings, PostgreSQL, Redis, checkouts, workers, this host and the ' +
        'checker. Each line is ok, a warning or a problem, and says what to do unless it is ok. It changes nothing.',
    )
    .option('--json', 'print JSON')
    .action((options: Options) => diagnose(options, context));
  addHelpText(command, {
    notes:
      'Run it on each host, as the user and with the environment of its worker. Whatever is away is a line, and none\n' +
      'is waited for longer than some seconds, but the checker: that has DOI_CHECK_TIMEOUT.',
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
  const { withSubject } = await import('./open-subject.js');
  const { examine } = await import('../doctor/examine.js');
  const { formatGroup, formatCounts } = await import('./format-doctor.js');
  const { countStates, toDoctorAnswer } = await import('../doctor/check.js');
  const { makePaint } = await import('./terminal.js');
  const { stdout, env } = context;
  const view = { paint: makePaint(stdout), width: stdout.isTTY ? stdout.columns : undefined };
  const show = (group: Examined) => {
    if (!json) stdout.write(`${formatGroup(group, view)}\n`);
  };
  const groups = await withSubject(env, (subject) => examine(subject, show));
  const counts = countStates(groups);
  stdout.write(json ? showJson(toDoctorAnswer(groups)) : formatCounts(counts, view.paint));
  if (counts.problem > 0) context.exitCode = EXIT.broken;
}
