/** `doi archive`: stops judging repositories, without forgetting them. */
import type { Command } from 'commander';
import type { Context } from './context.js';
import { addHelpText } from './help-text.js';
import { showJson, showText } from './terminal.js';

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
  addHelpText(command, {
    notes: 'All of them are changed, or none is.',
    examples: [
      ['doi archive widget gadget', 'leave both alone from now on'],
      ['doi archive widget --undo', 'judge widget again'],
    ],
  });
}

async function archive(slugs: readonly string[], options: Options, { env, stdout }: Context): Promise<void> {
  const { archiveRepositories } = await import('../registry/change.js');
  const { withDatabase } = await import('./open-services.js');
  const status = options.undo ? 'active' : 'archived';
  await withDatabase(env, (sql) => archiveRepositories(sql, slugs, status));
  if (options.json) stdout.write(showJson({ repositories: [...new Set(slugs)], status }));
  else for (const slug of new Set(slugs)) stdout.write(`${slug} is ${status} now.\n`);
}

/* `doi unregister`: takes repositories out of the registry. */

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
      const { unregisterRepositories } = await import('../registry/change.js');
      const { withDatabase } = await import('./open-services.js');
      await withDatabase(context.env, (sql) => unregisterRepositories(sql, slugs));
      if (options.json) context.stdout.write(showJson({ unregistered: [...new Set(slugs)] }));
      else for (const slug of new Set(slugs)) context.stdout.write(`Unregistered ${slug}.\n`);
    });
  addHelpText(command, {
    notes: 'All of them are deleted, or none is. "doi archive" keeps what is known of a repository.',
    examples: [['doi unregister widget', 'forget widget']],
  });
}

/* `doi move`: tells where a checkout lies now. */

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
      const { moveRepository } = await import('../registry/change.js');
      const { withDatabase } = await import('./open-services.js');
      const moved = await withDatabase(context.env, async (sql, { host }) => ({
        host,
        path: await moveRepository(sql, slug, { host, path }),
      }));
      if (options.json) context.stdout.write(showJson({ repo_slug: slug, ...moved }));
      else context.stdout.write(`${slug} lies at ${showText(moved.path, 400)} on ${moved.host} now.\n`);
    });
  addHelpText(command, {
    examples: [['doi move widget ~/code/widget', 'after: mv ~/src/widget ~/code/widget']],
  });
}
