/** `doi archive`, `doi unregister` and `doi move`: change what is registered. */
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
    .summary('stop judging repositories, and keep their reports')
    .description(
      'Archives repositories: no worker judges them any more, and the summary does not list them. Their reports stay.',
    )
    .argument('<slug...>', 'registered repositories')
    .option('--undo', 'make them active again')
    .option('--json', 'print JSON')
    .action((slugs: string[], options: Options) => archive(slugs, options, context));
  addHelpText(command, {
    notes:
      'Either all of the repositories are changed, or none. A mirror stays, and is not fetched meanwhile.',
    examples: [
      ['doi archive widget gadget', 'stop judging both'],
      ['doi archive widget --undo', 'judge widget again'],
    ],
  });
}

async function archive(slugs: readonly string[], options: Options, { env, stdout }: Context): Promise<void> {
  const { archiveRepositories } = await import('../registry/change.js');
  const { withDatabase } = await import('./open-services.js');
  const status = options.undo ? 'active' : 'archived';
  await withDatabase(env, (sql) => archiveRepositories(sql, slugs, status));
  const repositories = [...new Set(slugs)];
  if (options.json) stdout.write(showJson({ repositories, status }));
  else for (const slug of repositories) stdout.write(`${slug} is ${status} now.\n`);
}

export function addUnregister(program: Command, context: Context): void {
  const command = program
    .command('unregister')
    .summary('delete repositories from the registry')
    .description(
      'Deletes repositories from the registry, with their reports and their history. Checkouts and bare repositories stay as ' +
        'they are; a mirror is deleted by the worker of the host that keeps it.',
    )
    .argument('<slug...>', 'registered repositories')
    .option('--json', 'print JSON')
    .action(async (slugs: string[], options: { json?: boolean }) => {
      const { unregisterRepositories } = await import('../registry/change.js');
      const { withDatabase } = await import('./open-services.js');
      const mirrors = await withDatabase(context.env, (sql) => unregisterRepositories(sql, slugs));
      const unregistered = [...new Set(slugs)];
      if (options.json) {
        const shown = mirrors.map(({ slug, host }) => ({ repo_slug: slug, host }));
        context.stdout.write(showJson({ unregistered, mirrors: shown }));
        return;
      }
      for (const slug of unregistered) {
        const host = mirrors.find((each) => each.slug === slug)?.host;
        const mirror = host === undefined ? '' : ` The worker of ${showText(host)} deletes its mirror.`;
        context.stdout.write(`Unregistered ${slug}.${mirror}\n`);
      }
    });
  addHelpText(command, {
    notes: 'Either all of the repositories are deleted, or none. "doi archive" keeps report and history.',
    examples: [['doi unregister widget', 'delete widget from the registry']],
  });
}

export function addMove(program: Command, context: Context): void {
  const command = program
    .command('move')
    .summary('record where a repository is now')
    .description(
      "Sets this host's path of a registered repository, after its checkout was moved or cloned again. Of a repository that " +
        'was a mirror here, that path is judged from then on, and the mirror is deleted.',
    )
    .argument('<slug>', 'a registered repository')
    .argument('<path>', 'the folder of its checkout, or a bare repository')
    .option('--json', 'print JSON')
    .action(async (slug: string, path: string, options: { json?: boolean }) => {
      const { moveRepository } = await import('../registry/change.js');
      const { withDatabase } = await import('./open-services.js');
      const moved = await withDatabase(context.env, async (sql, { host }) => ({
        host,
        path: await moveRepository(sql, slug, { host, path }),
      }));
      if (options.json) context.stdout.write(showJson({ repo_slug: slug, ...moved }));
      else context.stdout.write(`${slug} is at ${showText(moved.path, 400)} on ${moved.host} now.\n`);
    });
  addHelpText(command, {
    examples: [['doi move widget ~/code/widget', 'after: mv ~/src/widget ~/code/widget']],
  });
}
