/** `doi host`: lists the hosts that evaluate, and removes one that is gone for good. */
import type { Command } from 'commander';
import { count } from '../domain/text.js';
import type { Context } from './context.js';
import { addHelpText } from './help-text.js';
import { showJson, showText, viewOf } from './terminal.js';

export function addHost(program: Command, context: Context): void {
  const command = program
    .command('host')
    .summary('list the hosts that evaluate, or remove one')
    .description('Lists the hosts that evaluate, and removes one that is gone for good.');
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
      'Lists all hosts: when each had its last heartbeat, which release it runs, and how many repositories it judges.',
    )
    .option('--json', 'print JSON, as GET /hosts does')
    .action((options: { json?: boolean }) => list(options, context));
  addHelpText(command, { examples: [['doi host list', 'all hosts']] });
}

function addRemove(parent: Command, context: Context): void {
  const command = parent
    .command('remove')
    .summary('remove a host that is gone for good')
    .description(
      'Deletes a host and its claims. Another host that has a path for a repository in the registry judges that ' +
        'repository from its next pass on.',
    )
    .argument('<name>', 'a host that "doi host list" shows')
    .option('--force', 'even if the host is alive')
    .option('--json', 'print JSON')
    .action((name: string, options: { force?: boolean; json?: boolean }) => remove(name, options, context));
  addHelpText(command, {
    notes:
      'Reports and history stay. No host judges a repository that has a path on no other host: "doi doctor" names it;\n' +
      'run "doi register" on another host that has a checkout, or "doi archive".',
    examples: [['doi host remove old-server', 'let other hosts take over']],
  });
}

async function list({ json }: { json?: boolean }, { env, stdout }: Context): Promise<void> {
  const { withReader } = await import('./open-services.js');
  const { readHosts } = await import('../store/hosts/read-hosts.js');
  const { listHosts } = await import('./format-hosts.js');
  const hosts = await withReader(env, readHosts);
  stdout.write(json ? showJson(hosts) : listHosts(hosts, viewOf(stdout)));
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
    const freed = count(repositories, 'repository is', 'repositories are');
    stdout.write(`Removed ${showText(name)}: ${freed} free for another host.\n`);
  }
}
