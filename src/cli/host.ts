/** `doi host`: lists the hosts that evaluate, and forgets one that is gone for good. */
import type { Command } from 'commander';
import { count } from '../domain/text.js';
import type { Context } from './context.js';
import { addHelpText } from './help-text.js';
import { showJson, showText, viewOf } from './terminal.js';

export function addHost(program: Command, context: Context): void {
  const command = program
    .command('host')
    .summary('list the hosts that evaluate, or forget one')
    .description('Lists the hosts that evaluate, and forgets one that is gone for good.');
  addList(command, context);
  addForget(command, context);
  addHelpText(command, {
    examples: [
      ['doi host list', 'all hosts'],
      ['doi host forget old-server', 'let other hosts take over'],
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

interface ForgetOptions {
  readonly moveTo?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

function addForget(parent: Command, context: Context): void {
  const command = parent
    .command('forget')
    .summary('forget a host that is gone for good')
    .description(
      'Deletes a host and its claims. Another host that has a path for a repository in the registry judges that ' +
        'repository from its next pass on; mirrors that the host kept go to the host of --move-to.',
    )
    .argument('<name>', 'a host that "doi host list" shows')
    .option('--move-to <host>', 'the host that keeps the mirrors from now on')
    .option('--force', 'even if the host is alive')
    .option('--json', 'print JSON')
    .action((name: string, options: ForgetOptions) => forget(name, options, context));
  addHelpText(command, {
    notes:
      'Reports and history stay. No host judges a repository that has a path on no other host: "doi doctor" names it;\n' +
      'run "doi register" on another host that has a checkout, or "doi archive". --move-to also works after the host was\n' +
      'forgotten; the worker of the other host fetches each mirror again.',
    examples: [
      ['doi host forget old-server', 'let other hosts take over'],
      ['doi host forget old-server --move-to new-server', 'let new-server keep its mirrors'],
    ],
  });
}

async function list({ json }: { json?: boolean }, { env, stdout }: Context): Promise<void> {
  const { withReader } = await import('./open-services.js');
  const { readHosts } = await import('../store/hosts/read-hosts.js');
  const { listHosts } = await import('./format-hosts.js');
  const hosts = await withReader(env, readHosts);
  stdout.write(json ? showJson(hosts) : listHosts(hosts, viewOf(stdout)));
}

async function forget(
  name: string,
  { moveTo, force: forced = false, json }: ForgetOptions,
  { env, stdout }: Context,
): Promise<void> {
  const { withDatabase } = await import('./open-services.js');
  const { forgetHost } = await import('../store/hosts/forget-host.js');
  const { repositories, mirrors } = await withDatabase(env, (sql, { watchMs }) =>
    forgetHost(sql, name, { observedLimitMs: 2 * watchMs, forced, moveTo }),
  );
  if (json) {
    stdout.write(showJson({ host: name, repositories, mirrors, moved_to: moveTo ?? null }));
    return;
  }
  const host = showText(name);
  stdout.write(
    `Forgot ${host}: ${count(repositories, 'repository is', 'repositories are')} free for another host.\n`,
  );
  if (mirrors > 0) stdout.write(`${describeMirrors(host, mirrors, moveTo)}\n`);
}

function describeMirrors(host: string, mirrors: number, moveTo: string | undefined): string {
  if (moveTo !== undefined)
    return `${showText(moveTo)} keeps ${count(mirrors, 'mirror', 'mirrors')} from now on, and its worker fetches them.`;
  const kept = count(
    mirrors,
    'repository that it kept a mirror of has',
    'repositories that it kept mirrors of have',
  );
  return `${kept} no host now: "doi host forget ${host} --move-to HOST" gives them to another one.`;
}
