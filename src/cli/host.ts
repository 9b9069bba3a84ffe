/** `doi host`: the hosts that evaluate, and how to take one off that is gone for good. */
import type { Command } from 'commander';
import type { Context } from './context.js';
import { addHelpText } from './help-text.js';
import { showJson, showText } from './terminal.js';

export function addHost(program: Command, context: Context): void {
  const command = program
    .command('host')
    .summary('list the hosts that evaluate, or take one off')
    .description('Lists the hosts that evaluate, and takes one off that is gone for good.');
  addList(command, context);
  addRemove(command, context);
  addHelpText(command, {
    examples: [
      ['doi host list', 'all hosts'],
      ['doi host remove old-server', 'let other hosts take over'],
    ],
  });
}

function addList(parent: Command, context: Context): void {
  const command = parent
    .command('list')
    .summary('list the hosts that evaluate')
    .description(
      'Lists all hosts: when each was heard of, what it runs, and how many repositories it judges.',
    )
    .option('--json', 'print JSON, as GET /hosts does')
    .action((options: { json?: boolean }) => list(options, context));
  addHelpText(command, { examples: [['doi host list', 'all hosts']] });
}

function addRemove(parent: Command, context: Context): void {
  const command = parent
    .command('remove')
    .summary('take off a host that is gone for good')
    .description(
      'Forgets a host and lets go of what it has claimed. Another host that has a checkout of it, as the registry ' +
        'says, judges it from its next look on.',
    )
    .argument('<name>', 'a host that "doi host list" shows')
    .option('--force', 'also one that is heard of')
    .option('--json', 'print JSON')
    .action((name: string, options: { force?: boolean; json?: boolean }) => remove(name, options, context));
  addHelpText(command, {
    notes:
      'Reports and history stay. What the registry places on no other host nobody judges: "doi doctor" names it, and ' +
      '"doi register" on another host or "doi archive" ends that.',
    examples: [['doi host remove old-server', 'let other hosts take over']],
  });
}

async function list({ json }: { json?: boolean }, { env, stdout }: Context): Promise<void> {
  const { withReader } = await import('./open-services.js');
  const { readHosts } = await import('../store/hosts/read-hosts.js');
  const { listHosts } = await import('./format-hosts.js');
  const { makePaint } = await import('./terminal.js');
  const hosts = await withReader(env, readHosts);
  stdout.write(json ? showJson(hosts) : listHosts(hosts, { paint: makePaint(stdout), now: new Date() }));
}

async function remove(
  name: string,
  { force: forced = false, json }: { force?: boolean; json?: boolean },
  { env, stdout }: Context,
): Promise<void> {
  const { withDatabase } = await import('./open-services.js');
  const { removeHost } = await import('../store/hosts/remove-host.js');
  const repositories = await withDatabase(env, (sql, { watchMs }) =>
    removeHost(sql, name, { observedLimitMs: 2 * watchMs, forced }),
  );
  if (json) stdout.write(showJson({ host: name, repositories }));
  else {
    const freed = repositories === 1 ? '1 repository is' : `${repositories} repositories are`;
    stdout.write(`Removed ${showText(name)}: ${freed} free for another host.\n`);
  }
}
