/** `doi changes`: what changed over all repositories, and because of what. */
import { type Command, Option } from 'commander';
import { DoiError } from '../domain/errors.js';
import type { Context } from './context.js';
import { addHelpText } from './help-text.js';
import { showJson } from './terminal.js';

interface Options {
  readonly since: string;
  readonly worse?: true;
  readonly better?: true;
  readonly limit: string;
  readonly cursor?: string;
  readonly json?: boolean;
}

export function addChanges(program: Command, context: Context): void {
  const command = program
    .command('changes')
    .summary('list what changed lately, and because of what')
    .description(
      'Lists each change of a tier or of a criterion of the active repositories, the latest first: what it was, what it ' +
        'is now, and the inputs that caused it.',
    )
    .option('--since <when>', 'a date or time in UTC, or so long ago: 90m, 12h, 7d, 2w', '7d')
    .addOption(new Option('--worse', 'only those in which something got worse').conflicts('better'))
    .option('--better', 'only those in which something got better')
    .option('--limit <number>', 'at most so many, 1 to 100', '50')
    .option('--cursor <text>', 'go on where an earlier list ended')
    .option('--json', 'print JSON, as GET /doi/changes does')
    .action((options: Options) => list(options, context));
  addHelpText(command, {
    examples: [
      ['doi changes --since 7d --worse', 'what got worse this week, and why'],
      ['doi changes --since 2026-11-20', 'everything since a day'],
    ],
    notes: 'A first verdict is neither worse nor better. The history is kept for DOI_HISTORY_DAYS.',
  });
}

const SAID = {
  since: [
    '--since is no time.',
    'Use a date such as 2026-11-20, a time such as 2026-11-20T09:00:00Z, or 90m, 12h, 7d, 2w.',
  ],
  limit: ['--limit is no number from 1 to 100.', 'For more, go on with --cursor.'],
  cursor: ['--cursor is none of a list.', 'Hand it over as the list before printed it.'],
} as const;

async function list(options: Options, { env, stdout }: Context): Promise<void> {
  const { changesQuery } = await import('../api/queries.js');
  const { withReader } = await import('./open-services.js');
  const { readChanges } = await import('../store/evaluations/read-changes.js');
  const { formatChanges } = await import('./format-changes.js');
  const { makePaint } = await import('./terminal.js');
  const direction = options.worse ? 'worse' : options.better ? 'better' : 'all';
  const { since, limit, cursor } = options;
  const problem = changesQuery.safeParse({ since, limit, cursor }).error?.issues[0]?.path[0];
  if (problem !== undefined) {
    const [found, remedy] = SAID[problem as keyof typeof SAID];
    throw new DoiError('bad_request', found, remedy);
  }
  const answer = await withReader(env, (reader, { historyDays }) =>
    readChanges({ sql: reader.sql, historyDays }, { since, direction, limit: Number(limit), cursor }),
  );
  const width = stdout.isTTY ? stdout.columns : undefined;
  const view = { paint: makePaint(stdout), now: new Date(), width, direction } as const;
  stdout.write(options.json ? showJson(answer) : formatChanges(answer, view));
}
