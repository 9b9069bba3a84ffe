/** `doi sweep`: one full look at everything, followed to its end. */
import type { Command } from 'commander';
import type { SweepAnswer } from '../api/sweeps.js';
import { type Context, EXIT } from './context.js';
import { addHelpText } from './help-text.js';
import { showAge, showJson, showText } from './terminal.js';

interface Options {
  readonly force?: boolean;
  readonly json?: boolean;
}

export function addSweep(program: Command, context: Context): void {
  const command = program
    .command('sweep')
    .summary('look at all repositories and judge what is stale')
    .description(
      'Looks at every active repository, asks for what is stale, and follows that until it has ended. ' +
        'Where a sweep is under way already, it follows that one.',
    )
    .option(
      '--force',
      'judge everything anew, whether it is stale or not; waits for a sweep that is under way',
    )
    .option('--json', 'print the report as JSON, as GET /sweeps/latest does')
    .action((options: Options) => sweepAll(options, context));
  addHelpText(command, {
    notes:
      'It needs a worker on each host that has checkouts: "npm start" or "doi worker". ' +
      'Ctrl-C stops following: what was asked for is judged all the same.',
    examples: [
      ['doi sweep', 'what the nightly sweep does'],
      ['doi sweep --force', 'after the host was restored, say'],
    ],
  });
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

async function sweepAll(options: Options, context: Context): Promise<void> {
  const { withProducer } = await import('./open-services.js');
  const { sweepOrJoin } = await import('../producer/sweep.js');
  const { PRIORITY } = await import('../domain/request.js');
  const { withHostProblems } = await import('./host-problems.js');
  const { makePaint } = await import('./terminal.js');
  const { showProgress } = await import('./show-progress.js');
  const { stderr, env } = context;
  const forced = options.force ?? false;
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  // A second one ends the process at once.
  for (const name of SIGNALS) process.once(name, onSignal);
  const bar = showProgress(stderr);
  const say = (text: string) => {
    bar.end();
    stderr.write(`${text}\n`);
  };
  try {
    const { sweep, joined } = await withProducer(env, (producing) =>
      withHostProblems({ ...producing, paint: makePaint(stderr), say }, () =>
        sweepOrJoin(producing, {
          ...{ trigger: 'command line', priority: PRIORITY.nightly, forced, signal: stop.signal },
          onProgress: bar.update,
          onJoin: (other) => say(sayJoin(other, forced)),
          onWakeError: (error) => say(`${error.message} ${error.remedy}`),
        }),
      ),
    );
    bar.end();
    printReport(sweep, { options, context, joined });
  } finally {
    bar.end();
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}

function sayJoin({ trigger, host, started_at }: SweepAnswer, forced: boolean): string {
  const age = showAge(started_at, new Date());
  const began = age === 'now' ? 'begun just now' : `begun ${age} ago`;
  const other = `A sweep is under way already (${showText(trigger)}, on ${showText(host)}, ${began})`;
  return forced
    ? `${other}: everything is judged anew after it.`
    : `${other}: it is followed instead of beginning another.`;
}

function printReport(
  sweep: SweepAnswer,
  { options, context, joined }: { options: Options; context: Context; joined: boolean },
): void {
  const { stdout, stderr } = context;
  stdout.write(options.json ? showJson(sweep) : formatSweep(sweep));
  if (sweep.state === 'finished' && !(joined && options.force)) return;
  context.exitCode = EXIT.broken;
  stderr.write(
    joined && options.force
      ? 'Stopped before it began: nothing was asked for.\n'
      : 'Not followed to its end: what was asked for is judged all the same.\n',
  );
}

/* Shows what a sweep found and did. */

const MOST_REASONS = 10;

/** The report in a few lines: how many, what is left, and why there was something to do. */
export function formatSweep({ total, done, counts }: SweepAnswer): string {
  const { probed, fresh, asked, failed, gone, held, away, reasons } = counts;
  const of = probed === total ? `${total}` : `${probed} of ${total}`;
  const lines = [`Looked at ${of}: ${fresh} fresh, ${asked} asked for, ${failed} of them broken.`];
  if (failed > 0) lines.push('  "doi summary --broken" lists what is broken');
  if (gone > 0) lines.push(`  ${gone} archived or unregistered meanwhile`);
  const waiting = Object.values(away).reduce((sum, count) => sum + count, 0);
  const open = probed - done - waiting - held;
  if (held > 0) lines.push(`  ${held} put off by trouble on their host, which "doi summary" names`);
  if (open > 0) lines.push(`  ${open} still to be judged`);
  for (const [host, count] of Object.entries(away)) {
    lines.push(`  ${count} wait for ${showText(host)}, where no worker was heard of`);
  }
  const sorted = Object.entries(reasons).sort(([, one], [, other]) => other - one);
  for (const [reason, count] of sorted.slice(0, MOST_REASONS)) lines.push(`  ${count} × ${showText(reason)}`);
  if (sorted.length > MOST_REASONS) lines.push(`  and ${sorted.length - MOST_REASONS} other reasons`);
  return `${lines.join('\n')}\n`;
}
