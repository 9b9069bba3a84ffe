/** `doi move`: tells where a checkout lies now. */
import type { Command } from 'commander';
import type { Context } from './context.js';
import { showJson, showText } from './show-text.js';
import { teach } from './teach.js';

export function addMove(program: Command, context: Context): void {
  const command = program
    .command('move')
    .summary('tell where a checkout lies now')
    .description(
      "Sets this host's path of a registered repository, after its checkout was moved or cloned anew.",
    )
    .argument('<slug>', 'a registered repository')
    .argument('<path>', 'the folder of its checkout')
    .option('--json', 'print JSON')
    .action(async (slug: string, path: string, options: { json?: boolean }) => {
      const { moveRepository } = await import('../registry/move.js');
      const { withDatabase } = await import('./connect.js');
      const moved = await withDatabase(context.env, async (sql, { host }) => ({
        host,
        path: await moveRepository(sql, slug, { host, path }),
      }));
      if (options.json) context.stdout.write(showJson({ repo_slug: slug, ...moved }));
      else context.stdout.write(`${slug} lies at ${showText(moved.path, 400)} on ${moved.host} now.\n`);
    });
  teach(command, { examples: [['doi move widget ~/code/widget', 'after: mv ~/src/widget ~/code/widget']] });
}
