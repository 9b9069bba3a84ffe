/** `doi refresh`: has one repository evaluated now, before all others. */
import type { Command } from 'commander';
import { PERSON_REASON } from '../domain/request.js';
import { installation } from '../platform/process/installation.js';
import type { OpenState } from '../store/requests/find-idle-queues.js';
import { type Context, EXIT } from './context.js';
import { addHelpText } from './help-text.js';
import { parseSeconds, showJson, viewOf } from './terminal.js';

interface Options {
  readonly ifStale?: boolean;
  readonly wait: number;
  readonly json?: boolean;
}

export function addRefresh(program: Command, context: Context): void {
  const command = program
    .command('refresh')
    .summary('judge a repository now')
    .description('Requests an evaluation that goes before all others, waits for it, and shows the report.')
    .argument('<slug>', 'a registered repository')
    .option(
      '--if-stale',
      'keep the verdicts whose inputs have not changed, instead of judging everything again',
    )
    .option('--wait <seconds>', 'how long to wait for the evaluation; 0 does not wait', parseSeconds, 120)
    .option('--json', 'print JSON, as GET /repos/SLUG/doi does')
    .action((slug: string, options: Options) => refreshOne(slug, options, context));
  addHelpText(command, {
    notes: `It needs a worker on the host that has the checkout: "${installation.startCommand}" or "doi worker".`,
    examples: [
      ['doi refresh widget', 'judge all fourteen criteria again'],
      ['doi refresh widget --if-stale', 'judge only what changed'],
    ],
  });
}

async function refreshOne(slug: string, options: Options, context: Context): Promise<void> {
  const { withProducer } = await import('./open-services.js');
  const { refresh } = await import('../producer/refresh.js');
  const { readReport } = await import('../reader/read-report.js');
  const { findRepositoryId } = await import('../registry/rows.js');
  const { readOpenState } = await import('../store/requests/find-idle-queues.js');
  const { CompletionWatch } = await import('../store/requests/completion-watch.js');
  const { formatReport } = await import('./format-report.js');
  const { stdout, stderr } = context;
  await withProducer(context.env, async (producer) => {
    const repoId = await findRepositoryId(producer.sql, slug);
    const request = { repoId, forced: options.ifStale !== true, reason: PERSON_REASON };
    const { home, wakeError } = await refresh(producer, request);
    if (wakeError !== undefined) {
      stderr.write(
        `${wakeError.message} The request is stored all the same: the watch of ${home} will find it.\n`,
      );
    }
    const limit = AbortSignal.timeout(options.wait * 1000);
    const outcome = await new CompletionWatch(producer).wait(repoId, limit);
    const { answer } = await readReport(producer, slug);
    const isDone = outcome === 'completed' || (outcome === 'open' && options.wait === 0);
    if (!isDone) context.exitCode = EXIT.broken;
    stdout.write(options.json ? showJson(answer) : formatReport(answer, viewOf(stdout)));
    if (isDone || outcome === 'waiting') return;
    const open = await readOpenState(producer.sql, { repoId, home, aliveMs: producer.observedLimitMs });
    const why = explainWait(open, home);
    stderr.write(`The evaluation did not finish within ${options.wait} s. ${why} The request stays open.\n`);
  });
}

/** Why a request is not completed, as a sentence that says what to do. */
function explainWait(open: OpenState | undefined, home: string): string {
  if (open === undefined) return 'It has finished just now.';
  if (open.startedAt !== null) return `A worker started it at ${open.startedAt} and has not finished it.`;
  if (open.isFetching) return `The worker of ${home} is still fetching from the git server of its remote.`;
  return open.isHomeAlive
    ? `The worker of ${home} is alive but has not taken the request from its queue: run "doi doctor" there, which tries Redis.`
    : `No worker of ${home} is alive: start one there.`;
}
