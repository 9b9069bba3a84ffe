/** `doi unregister`: takes repositories out of the registry. */
import type { Command } from 'commander';
import type { Context } from './context.js';
import { showJson } from './show-text.js';
import { teach } from './teach.js';

export function addUnregister(program: Command, context: Context): void {
  const command = program
    .command('unregister')
    .summary('take repositories out of the registry')
    .description(
      'Deletes repositories from the registry, with their reports and their history. The checkouts stay as they are.',
    )
    .argument('<slug...>', 'registered repositories')
    .option('--json', 'print JSON')
    .action(async (slugs: string[], options: { json?: boolean }) => {
      const { unregisterRepositories } = await import('../registry/unregister.js');
      const { withDatabase } = await import('./connect.js');
      await withDatabase(context.env, (sql) => unregisterRepositories(sql, slugs));
      if (options.json) context.stdout.write(showJson({ unregistered: [...new Set(slugs)] }));
      else for (const slug of new Set(slugs)) context.stdout.write(`Unregistered ${slug}.\n`);
    });
  teach(command, {
    notes: 'All of them are deleted, or none is. "doi archive" keeps what is known of a repository.',
    examples: [['doi unregister widget', 'forget widget']],
  });
}
