/** `doi sweep`: probes every repository, requests what is stale, and follows that to its end. */
import type { Command } from 'commander';
import type { SweepAnswer } from '../api/sweeps.js';
import { installation } from '../platform/process/installation.js';
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
    .summary('probe all repositories and judge what is stale')
    .description(
      'Probes every active repository, requests an evaluation of each stale one, and follows them until they are done. ' +
        'If a sweep is under way already, it follows that one.',
    )
    .option('--force', 'judge everything again, stale or not; waits for a sweep that is under way')
    .option('--json', 'print the report as JSON, as GET /sweeps/latest does')
    .action((options: Options) => sweepAll(options, context));
  addHelpText(command, {
    notes:
      `It needs a worker on each host that has checkouts: "${installation.startCommand}" or "doi worker".\n` +
      'Ctrl-C only stops following: the workers still judge what was requested.',
    examples: [
      ['doi sweep', 'what the nightly sweep does'],
      ['doi sweep --force', 'judge everything again, for example after a host was restored from a backup'],
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
  // A second signal ends the process at once.
  for (const name of SIGNALS) process.once(name, onSignal);
  const bar = showProgress(stderr);
  const say = (text: string) => {
    bar.end();
    stderr.write(`${text}\n`);
  };
  try {
    const { sweep, joined } = await withProducer(env, (producer) =>
      withHostProblems({ ...producer, paint: makePaint(stderr), say }, () =>
        sweepOrJoin(producer, {
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
  const started = age === 'now' ? 'started just now' : `started ${age} ago`;
  const other = `A sweep is under way already (${showText(trigger)}, on ${showText(host)}, ${started})`;
  return forced
    ? `${other}: this one starts after it.`
    : `${other}: this command follows it instead of starting another.`;
}

function printReport(
  sweep: SweepAnswer,
  { options, context, joined }: { options: Options; context: Context; joined: boolean },
): void {
  const { stdout, stderr } = context;
  const isDone = sweep.state === 'finished' && !(joined && options.force);
  if (!isDone) context.exitCode = EXIT.broken;
  stdout.write(options.json ? showJson(sweep) : formatSweep(sweep));
  if (isDone) return;
  stderr.write(
    joined && options.force
      ? 'Stopped before it began: nothing was requested.\n'
      : 'Not followed to its end: the workers still judge what was requested.\n',
  );
}

const MOST_REASONS = 10;

/** The report in a few lines: how many repositories, what is not done yet, and why they were stale. */
export function formatSweep({ total, done, counts }: SweepAnswer): string {
  const { probed, fresh, asked, failed, gone, held, away, reasons } = counts;
  const of = probed === total ? `${total}` : `${probed} of ${total}`;
  const lines = [`Probed ${of}: ${fresh} fresh, ${asked} requested, ${failed} of them broken.`];
  if (failed > 0) lines.push('  "doi summary --broken" lists what is broken');
  if (gone > 0) lines.push(`  ${gone} archived or unregistered since`);
  const waiting = Object.values(away).reduce((sum, count) => sum + count, 0);
  const open = probed - done - waiting - held;
  if (held > 0) lines.push(`  ${held} deferred by a problem of their host, which "doi summary" shows`);
  if (open > 0) lines.push(`  ${open} still to be judged`);
  for (const [host, count] of Object.entries(away)) {
    lines.push(`  ${count} wait for ${showText(host)}, where no worker is alive`);
  }
  const sorted = Object.entries(reasons).sort(([, one], [, other]) => other - one);
  for (const [reason, count] of sorted.slice(0, MOST_REASONS)) lines.push(`  ${count} × ${showText(reason)}`);
  if (sorted.length > MOST_REASONS) lines.push(`  and ${sorted.length - MOST_REASONS} other reasons`);
  return `${lines.join('\n')}\n`;
}
