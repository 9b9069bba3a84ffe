/** `doi discover`: registers the repositories of an owner at a forge as mirrors, and follows what changes there. */
import { Argument, type Command } from 'commander';
import { FORGE_KINDS, type ForgeKind } from '../domain/forge.js';
import { type Context, EXIT } from './context.js';
import { addHelpText } from './help-text.js';
import { showJson, showText } from './terminal.js';

interface Options {
  readonly url?: string;
  readonly archived?: boolean;
  readonly forks?: boolean;
  readonly match?: string;
  readonly topic?: string;
  readonly domain?: string;
  readonly ssh?: boolean;
  readonly prune?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function addDiscover(program: Command, context: Context): void {
  const command = program
    .command('discover')
    .summary('register what a forge lists')
    .description(
      'Registers all repositories of an owner at a forge, each as a mirror that the workers of this host fetch. It can run ' +
        'again at any time: a renamed repository keeps its slug and its history, and one that the forge has archived is ' +
        'archived here. What is registered already is not registered twice.',
    )
    .addArgument(new Argument('<forge>', 'the kind of the forge').choices(FORGE_KINDS))
    .argument('<owner>', 'an organisation, a group with its parent groups, or a user')
    .option('--url <url>', 'the address of an installation of your own')
    .option('--archived', 'register archived repositories too, and archive none that the forge has archived')
    .option('--forks', 'register forks too')
    .option('--match <glob>', 'register only repositories with such a name, such as "lib-*"')
    .option('--topic <topic>', 'register only repositories with this topic')
    .option('--domain <slug>', 'the domain of new ones, created if it is missing (default: "default")')
    .option('--ssh', 'fetch mirrors over ssh instead of https, those that are registered too')
    .option('--prune', 'archive those that the forge lists no more, where it answers that they are gone')
    .option('--force', 'with --prune: also where these are more than half')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--json', 'print JSON, with all names')
    .action((forge: ForgeKind, owner: string, options: Options) =>
      discover({ forge, owner }, options, context),
    );
  addHelpText(command, {
    notes:
      'The token is read from GITHUB_TOKEN or GH_TOKEN, GITLAB_TOKEN, GITEA_TOKEN, FORGEJO_TOKEN; what it may read is listed,' +
      '\nprivate repositories included. git fetches with the credentials of the user of the worker.' +
      '\nEmpty repositories are left out until they have a commit. A list that is not whole archives nothing.' +
      '\nDOI_DISCOVER names owners that are discovered each night.',
    examples: [
      ['doi discover github acme', 'the repositories of an organisation'],
      ['doi discover gitlab team/tools --url https://git.example.org', 'a group with its subgroups'],
      ['doi discover forgejo me --match "lib-*" --dry-run', 'what would be registered'],
    ],
    exits: [[EXIT.broken, 'could not run, or the list of the forge is not whole']],
  });
}

interface Owner {
  readonly forge: ForgeKind;
  readonly owner: string;
}

async function discover({ forge: kind, owner }: Owner, options: Options, context: Context): Promise<void> {
  const { discoverOwner } = await import('../worker/discover-owner.js');
  const { withDatabase } = await import('./open-services.js');
  const { showListing } = await import('./show-listing.js');
  const { wakeAdded } = await import('./wake-added.js');
  const { formatDiscovery, toDiscoveryAnswer } = await import('./format-discovery.js');
  const { stdout, stderr, env } = context;
  const { archived = false, forks = false, ssh = false, url, match, topic, domain } = options;
  const { prune = false, force = false, dryRun = false } = options;
  const bar = showListing(stderr);
  const target = { kind, owner, url, archived, forks, ssh, match, topic, domain };
  const found = await withDatabase(env, (sql, { forgeTokens: tokens, host, mirrorsDir }) =>
    discoverOwner({ sql, tokens, host, mirrorsDir }, target, {
      prune,
      force,
      dryRun,
      onPage: bar.update,
      onWait: bar.onWait,
    }),
  ).finally(bar.end);
  await wakeAdded(context, found.requested);
  const view = { owner, dryRun };
  const { ended } = found.listing;
  if (ended !== undefined) context.exitCode = EXIT.broken;
  stdout.write(options.json ? showJson(toDiscoveryAnswer(found, view)) : formatDiscovery(found, view));
  if (ended === undefined) return;
  stderr.write(
    `The list is not whole, so nothing was archived. ${showText(ended.message, 600)}\n  ${showText(ended.remedy, 600)}\n`,
  );
}
