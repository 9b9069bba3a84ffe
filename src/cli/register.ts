/** `doi register`: adds checkouts, bare repositories and mirrors of remotes to the registry. */
import { relative } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { quoteForShell } from '../domain/text.js';
import type { Discovery, SkippedFolder } from '../registry/discover-repositories.js';
import type { RegisterOutcome } from '../registry/plan-registration.js';
import type { Context } from './context.js';
import { addHelpText } from './help-text.js';
import { showJson, showText } from './terminal.js';

interface Options {
  readonly slug?: string;
  readonly domain?: string;
  readonly branch?: string;
  readonly list?: string;
  readonly discover?: boolean;
  readonly depth?: number;
  readonly json?: boolean;
}

export function addRegister(program: Command, context: Context): void {
  const command = program
    .command('register')
    .summary('add repositories to the registry')
    .description(
      'Registers git repositories: checkouts and bare repositories of this host by their paths, and others by their URLs, ' +
        "of which this host's worker keeps mirrors. The slug is made from the name of the folder, or from the URL; the " +
        'remote of a path is read from its git configuration. What is registered already keeps its slug; only a changed ' +
        'remote, a given domain and a given branch are stored.',
    )
    .argument('[path-or-url...]', 'the folder that holds .git, a bare repository, or the address of a remote')
    .option('--slug <slug>', "the repository's name in URLs and commands; for one path or URL only")
    .option(
      '--branch <name>',
      'judge this branch of a bare repository or a remote (default, also by HEAD: that of its HEAD)',
    )
    .option('--list <file>', 'register the URLs in a file, one a line; - reads standard input')
    .option('--domain <slug>', 'the domain it belongs to, created if it is missing (default: "default")')
    .option('--discover', 'find repositories below each path, three levels of folders deep')
    .addOption(
      new Option('--depth <levels>', 'how many levels deep to search; implies --discover')
        .argParser(parseDepth)
        .implies({ discover: true }),
    )
    .option('--json', 'print JSON')
    .action((given: string[], options: Options) => {
      if (given.length === 0 && options.list === undefined)
        command.error("error: missing required argument 'path-or-url'");
      return register(given, options, context);
    });
  addHelpText(command, {
    notes:
      'Either all paths or URLs of one call are registered, or none. A URL has one of the schemes https, http, ssh, git and file,' +
      '\nor the form user@host:path. Credentials in it are not stored: git fetches with those of the user that runs the worker.' +
      '\nThe address of a mirror of this host that is registered is replaced where the URL differs: by https, ssh or another port,' +
      '\nor, with --slug, wherever it moved. --branch HEAD judges the default branch again.' +
      '\nIn a list, blank lines and lines that begin with # count as nothing.' +
      '\n--discover lists what it skips: given paths without a repository;' +
      '\nfolders whose name begins with a dot; repositories that were moved since they were registered; repositories inside' +
      '\nother repositories (it searches only their upper folders). It follows no links and does not enter node_modules.',
    examples: [
      ['doi register .', 'the checkout in this folder'],
      ['doi register ~/src --discover', 'the repositories below ~/src'],
      ['doi register widget --domain shop', 'as part of the domain shop'],
      ['doi register /srv/git/widget.git --branch next', 'a bare repository, judged at the branch next'],
      ['doi register https://git.example.org/acme/widget', 'without a clone of your own'],
      ['doi register git@git.example.org:new/widget --slug widget', 'the mirror widget has moved'],
      ['doi register --list urls.txt', 'many at once'],
    ],
  });
}

async function register(given: readonly string[], options: Options, context: Context): Promise<void> {
  const { isRemote } = await import('../registry/given-remotes.js');
  const paths = given.filter((text) => !isRemote(text));
  if (paths.length === given.length && options.list === undefined)
    return registerPaths(given, options, context);
  const { DoiError } = await import('../domain/errors.js');
  if (paths.length > 0)
    throw new DoiError(
      'bad_request',
      `${paths[0]} is a path, and others given with it are URLs.`,
      'Register paths and URLs in calls of their own.',
    );
  if (options.discover)
    throw new DoiError('bad_request', '--discover searches folders, and a URL was given.', 'Leave it out.');
  const { registerRemotes } = await import('./register-remotes.js');
  return registerRemotes(given, options, context);
}

async function registerPaths(paths: readonly string[], options: Options, context: Context): Promise<void> {
  const { discoverRepositories, DISCOVERY_DEPTH } = await import('../registry/discover-repositories.js');
  const { registerRepositories } = await import('../registry/register.js');
  const { ownUrlRules } = await import('../checkout/short-remotes.js');
  const { withDatabase } = await import('./open-services.js');
  const { slug, domain, branch, discover: skipMoved = false } = options;
  const found = await discoverRepositories(paths, skipMoved ? (options.depth ?? DISCOVERY_DEPTH) : 0);
  if (!skipMoved) await refuseSkipped(found.skipped);
  const all = await withDatabase(context.env, (sql, { host }) =>
    registerRepositories(sql, {
      paths: found.repositories.map(({ path }) => path),
      slug,
      domain,
      branch,
      skipMoved,
      host,
      ownUrlRules: ownUrlRules(context.env),
    }),
  );
  const { outcomes, skipped } = withMoved(all, found.skipped);
  const { stdout } = context;
  if (options.json) {
    stdout.write(showJson({ repositories: outcomes.map(toAnswer), skipped, deeper: found.deeper }));
    return;
  }
  for (const outcome of outcomes) stdout.write(`${describe(outcome)}\n`);
  for (const { path, why } of skipped) stdout.write(`Skipped ${showPath(path)}: ${showText(why, 600)}\n`);
  stdout.write(describeDeeper(found));
  const isNew = outcomes.some(({ outcome }) => outcome === 'registered');
  if (isNew)
    stdout.write('A running worker judges them in its next pass; "doi summary" lists the results.\n');
}

/** A path that a person gave is registered or refused, never skipped. */
async function refuseSkipped(skipped: readonly SkippedFolder[]): Promise<void> {
  const [first] = skipped;
  if (first === undefined) return;
  const { DoiError } = await import('../domain/errors.js');
  const remedy = first.remedy ?? 'Register the repository it belongs to, or leave this path out.';
  throw new DoiError('not_a_repository', `${first.path} cannot be registered. ${first.why}`, remedy);
}

/** Lists checkouts that were probably moved as skipped, instead of as registered. */
export function withMoved(all: readonly RegisterOutcome[], skipped: readonly SkippedFolder[]) {
  const moved = all.filter(({ outcome }) => outcome === 'moved');
  return {
    outcomes: all.filter(({ outcome }) => outcome !== 'moved'),
    skipped: [...skipped, ...moved.map((each) => ({ path: each.path, why: whyMoved(each, moved) }))],
  };
}

/** Of several checkouts with the remote of one repository, at most one is the moved one: only a person knows which. */
function whyMoved({ path, slug, status }: RegisterOutcome, moved: readonly RegisterOutcome[]): string {
  const count = moved.filter((each) => each.slug === slug).length;
  const restore = status === 'archived' ? `, then "doi archive ${slug} --undo"` : '';
  const move = `"doi move ${slug} ${quoteForShell(path)}"${restore}`;
  const has = `the remote of ${slug}, whose registered folder is gone.`;
  if (count === 1) return `It has ${has} If it was moved, run ${move}.`;
  return `It is one of ${count} that have ${has} If it is the one that was moved, run ${move}; then register the others.`;
}

/** A line that says how many folders lie too deep to be searched; else an empty text. */
export function describeDeeper({ deeper }: Discovery): string {
  if (deeper === null) return '';
  const others = deeper.count === 1 ? '' : ` and ${deeper.count - 1} more folders as deep`;
  return `Not entered: ${showPath(deeper.first)}${others}; "doi register PATH --depth N" reads deeper.\n`;
}

function parseDepth(text: string): number {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a number of levels from 0 to 99.');
}

function toAnswer({ slug, path, remoteUrl, remoteNote, status, outcome, changed }: RegisterOutcome) {
  const answer = { repo_slug: slug, path, remote_url: remoteUrl, status, outcome, changed };
  return remoteNote === undefined ? answer : { ...answer, remote_note: remoteNote };
}

function describe(registered: RegisterOutcome): string {
  const { remoteNote } = registered;
  const line = describeOutcome(registered);
  return remoteNote === undefined ? line : `${line}\n  ${showText(remoteNote, 1000)}`;
}

function describeOutcome({ slug, path, status, outcome, changed }: RegisterOutcome): string {
  const where = showPath(path);
  if (outcome === 'registered') return `Registered ${where} as ${slug}.`;
  const change = changed.length === 0 ? '' : ` Changed: ${changed.join(', ')}.`;
  const archived =
    status === 'archived' ? ` It is archived; "doi archive ${slug} --undo" makes it active.` : '';
  return `${where} is already registered as ${slug}.${change}${archived}`;
}

function showPath(path: string): string {
  const near = relative(process.cwd(), path) || '.';
  return showText(near.startsWith('..') ? path : near, 400);
}
