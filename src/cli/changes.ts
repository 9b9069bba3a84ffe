/** `doi changes`: lists what changed in all repositories, and which inputs caused it. */
import { type Command, Option } from 'commander';
import { DoiError } from '../domain/errors.js';
import type { Context } from './context.js';
import { addHelpText } from './help-text.js';
import { showJson, viewOf } from './terminal.js';

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
    .summary('list recent changes and their causes')
    .description(
      'Lists each change of a tier or of a criterion of the active repositories, the latest first: what it was, what it ' +
        'is now, and which inputs caused it.',
    )
    .option('--since <when>', 'a date or time in UTC, or how long ago: 90m, 12h, 7d, 2w', '7d')
    .addOption(new Option('--worse', 'only changes for the worse').conflicts('better'))
    .option('--better', 'only changes for the better')
    .option('--limit <number>', 'at most this many, 1 to 100', '50')
    .option('--cursor <text>', 'continue where an earlier list ended')
    .option('--json', 'print JSON, as GET /doi/changes does')
    .action((options: Options) => list(options, context));
  addHelpText(command, {
    examples: [
      ['doi changes --since 7d --worse', 'what got worse this week, and why'],
      ['doi changes --since 2026-11-20', 'everything since a date'],
    ],
    notes: 'A first verdict is neither worse nor better. The history is kept for DOI_HISTORY_DAYS.',
  });
}

const REFUSALS = {
  since: [
    '--since is not a time.',
    'Use a date such as 2026-11-20, a time such as 2026-11-20T09:00:00Z, or 90m, 12h, 7d, 2w.',
  ],
  limit: ['--limit is not a number from 1 to 100.', 'For more, continue with --cursor.'],
  cursor: ['--cursor is not valid.', 'Give it exactly as an earlier list printed it.'],
} as const;

async function list(options: Options, { env, stdout }: Context): Promise<void> {
  const { changesQuery } = await import('../api/queries.js');
  const { withReader } = await import('./open-services.js');
  const { readChanges } = await import('../store/evaluations/read-changes.js');
  const { formatChanges } = await import('./format-changes.js');
  const direction = options.worse ? 'worse' : options.better ? 'better' : 'all';
  const { since, limit, cursor } = options;
  const problem = changesQuery.safeParse({ since, limit, cursor }).error?.issues[0]?.path[0];
  if (problem !== undefined) {
    const [found, remedy] = REFUSALS[problem as keyof typeof REFUSALS];
    throw new DoiError('bad_request', found, remedy);
  }
  const answer = await withReader(env, (reader, { historyDays }) =>
    readChanges({ sql: reader.sql, historyDays }, { since, direction, limit: Number(limit), cursor }),
  );
  stdout.write(options.json ? showJson(answer) : formatChanges(answer, { ...viewOf(stdout), direction }));
}
