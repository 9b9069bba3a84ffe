/** `doi archive`: stops judging repositories, without forgetting them. */
import type { Command } from 'commander';
import type { Context } from './context.js';
import { showJson } from './show-text.js';
import { teach } from './teach.js';

interface Options {
  readonly undo?: boolean;
  readonly json?: boolean;
}

export function addArchive(program: Command, context: Context): void {
  const command = program
    .command('archive')
    .summary('stop judging repositories, without forgetting them')
    .description('Archives repositories: they are not judged any more, and the summary leaves them out.')
    .argument('<slug...>', 'registered repositories')
    .option('--undo', 'make them active again')
    .option('--json', 'print JSON')
    .action((slugs: string[], options: Options) => archive(slugs, options, context));
  teach(command, {
    notes: 'All of them are changed, or none is.',
    examples: [
      ['doi archive widget gadget', 'leave both alone from now on'],
      ['doi archive widget --undo', 'judge widget again'],
    ],
  });
}

async function archive(slugs: readonly string[], options: Options, { env, stdout }: Context): Promise<void> {
  const { archiveRepositories } = await import('../registry/archive.js');
  const { withDatabase } = await import('./connect.js');
  const status = options.undo ? 'active' : 'archived';
  await withDatabase(env, (sql) => archiveRepositories(sql, slugs, status));
  if (options.json) stdout.write(showJson({ repositories: [...new Set(slugs)], status }));
  else for (const slug of new Set(slugs)) stdout.write(`${slug} is ${status} now.\n`);
}
