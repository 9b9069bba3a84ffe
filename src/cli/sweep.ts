/** `doi sweep`: one full look at everything, followed to its end. */
import type { Command } from 'commander';
import type { SweepProgress } from '../cache/sweeps.js';
import { type Context, EXIT } from './context.js';
import { showJson, showText } from './show-text.js';
import { teach } from './teach.js';

interface Options {
  readonly force?: boolean;
  readonly json?: boolean;
}

export function addSweep(program: Command, context: Context): void {
  const command = program
    .command('sweep')
    .summary('look at all repositories and judge what is stale')
    .description(
      'Looks at every active repository, asks for what is stale, and follows that until it has ended.',
    )
    .option('--force', 'judge everything anew, whether it is stale or not')
    .option('--json', 'print the report as JSON')
    .action((options: Options) => sweepAll(options, context));
  teach(command, {
    notes: 'It needs a worker on each host that has checkouts: "npm start" or "doi worker".',
    examples: [
      ['doi sweep', 'what the nightly sweep does'],
      ['doi sweep --force', 'after the host was restored, say'],
    ],
  });
}

async function sweepAll(options: Options, context: Context): Promise<void> {
  const { withProducer } = await import('./open-services.js');
  const { sweep } = await import('../producer/sweep.js');
  const { PRIORITY } = await import('../domain/request.js');
  const { showProgress } = await import('./show-progress.js');
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once('SIGINT', onSignal);
  const bar = showProgress(context.stderr);
  try {
    const report = await withProducer(context.env, (producing) =>
      sweep(producing, {
        trigger: 'command line',
        priority: PRIORITY.nightly,
        forced: options.force ?? false,
        signal: stop.signal,
        onProgress: bar.update,
        onWakeError: (error) => context.stderr.write(`${error.message} ${error.remedy}\n`),
      }),
    );
    bar.end();
    printReport(report, { options, context, stopped: stop.signal.aborted });
  } finally {
    bar.end();
    process.off('SIGINT', onSignal);
  }
}

function printReport(
  report: SweepProgress | undefined,
  { options, context, stopped }: { options: Options; context: Context; stopped: boolean },
): void {
  const { stdout, stderr } = context;
  if (report === undefined) {
    stderr.write('Another sweep is under way; "doi summary" shows how far everything is.\n');
    context.exitCode = EXIT.broken;
    return;
  }
  if (stopped) {
    stderr.write('Not followed to its end: what was asked for is judged all the same.\n');
    context.exitCode = EXIT.broken;
  }
  const { total, done, counts } = report;
  if (options.json) {
    stdout.write(showJson({ total, done, ...counts }));
    return;
  }
  const { fresh, asked, failed, reasons } = counts;
  stdout.write(`Looked at ${total}: ${fresh} fresh, ${asked} asked for, ${failed} of them failed.\n`);
  for (const [host, count] of Object.entries(counts.away)) {
    stdout.write(`  ${count} wait for ${showText(host)}, where no worker was heard of\n`);
  }
  for (const [reason, count] of Object.entries(reasons)
    .sort(([, one], [, other]) => other - one)
    .slice(0, 10)) {
    stdout.write(`  ${count} × ${showText(reason)}\n`);
  }
}
