/** `doi record`: writes into the registry what a State Hub would write, where there is no hub. */
import { type Command, Option } from 'commander';
import type { Sql } from '../platform/postgres/sql.js';
import type { Context } from './context.js';
import { addHelpText } from './help-text.js';
import { showJson } from './terminal.js';

interface Json {
  readonly json?: boolean;
}

export function addRecord(program: Command, context: Context): void {
  const command = program
    .command('record')
    .summary('record what a State Hub would record: sbom, tpsc, goal, domain')
    .description(
      'Records facts about a repository in the registry. Where a State Hub uses the same database, let the hub do this.',
    );
  addSnapshots(command, context);
  addGoal(command, context);
  addDomain(command, context);
  addHelpText(command, {
    examples: [
      ['doi record sbom widget', 'its SBOM was ingested now (C8)'],
      ['doi record tpsc widget', 'a snapshot of its services was taken now (C9)'],
      ['doi record goal widget --title "Ship 2.0"', 'an active goal (C10)'],
      ['doi record domain shop --repo widget', 'widget belongs to the domain shop (C2)'],
    ],
  });
}

function addSnapshots(record: Command, context: Context): void {
  const sbom = record
    .command('sbom')
    .summary('record that an SBOM was ingested (C8)')
    .description('Records that the software bill of materials was ingested now (C8).')
    .argument('<slug>', 'a registered repository')
    .option('--json', 'print JSON')
    .action(async (slug: string, options: Json) => {
      const { recordSbom } = await import('../registry/record.js');
      await write(context, (sql) => recordSbom(sql, slug));
      report(context, options, { repo_slug: slug, recorded: 'sbom' });
    });
  addHelpText(sbom, { examples: [['doi record sbom widget', 'C8 passes from now on']] });
  const tpsc = record
    .command('tpsc')
    .summary('record a snapshot of the third-party services (C9)')
    .description('Records that a snapshot of the third-party services was taken now (C9).')
    .argument('<slug>', 'a registered repository')
    .option('--json', 'print JSON')
    .action(async (slug: string, options: Json) => {
      const { recordTpsc } = await import('../registry/record.js');
      await write(context, (sql) => recordTpsc(sql, slug));
      report(context, options, { repo_slug: slug, recorded: 'tpsc' });
    });
  addHelpText(tpsc, { examples: [['doi record tpsc widget', 'the snapshot that C9 requires']] });
}

function addGoal(record: Command, context: Context): void {
  const goal = record
    .command('goal')
    .summary('record a goal (C10)')
    .description('Records a goal (C10). Recording the same title again changes the status of that goal.')
    .argument('<slug>', 'a registered repository')
    .requiredOption('--title <text>', 'the title of the goal')
    .addOption(
      new Option('--status <status>', 'its status')
        .choices(['active', 'paused', 'completed', 'archived'])
        .default('active'),
    )
    .option('--json', 'print JSON')
    .action(async (slug: string, options: Json & { title: string; status: 'active' }) => {
      const { recordGoal } = await import('../registry/record.js');
      const { title, status } = options;
      await write(context, (sql) => recordGoal(sql, slug, { title, status }));
      report(context, options, { repo_slug: slug, recorded: 'goal', title, status });
    });
  addHelpText(goal, {
    examples: [
      ['doi record goal widget --title "Ship 2.0"', 'an active goal'],
      ['doi record goal widget --title "Ship 2.0" --status completed', 'the goal is reached'],
    ],
  });
}

function addDomain(record: Command, context: Context): void {
  const domain = record
    .command('domain')
    .summary('create or change a domain (C2)')
    .description('Creates or changes a domain, and assigns repositories to it (C2).')
    .argument('<domain>', 'the slug of the domain')
    .option('--name <text>', 'its name')
    .option('--status <status>', "the domain's status: `active`, or any other word, such as `archived`")
    .option('--repo <slug...>', 'registered repositories that belong to it from now on')
    .option('--json', 'print JSON')
    .action(async (slug: string, options: Json & { name?: string; status?: string; repo?: string[] }) => {
      const { recordDomain } = await import('../registry/record.js');
      const { name, status, repo: repositories = [] } = options;
      await write(context, (sql) => recordDomain(sql, { slug, name, status, repositories }));
      report(context, options, { domain_slug: slug, recorded: 'domain', repositories });
    });
  addHelpText(domain, {
    examples: [
      ['doi record domain shop --repo widget', 'widget belongs to shop'],
      ['doi record domain shop --status archived', 'C2 fails for all repositories of shop'],
    ],
  });
}

async function write(context: Context, statement: (sql: Sql) => Promise<void>): Promise<void> {
  const { withDatabase } = await import('./open-services.js');
  await withDatabase(context.env, statement);
}

interface Recorded {
  readonly repo_slug?: string;
  readonly domain_slug?: string;
  readonly recorded: string;
  readonly title?: string;
  readonly status?: string;
  readonly repositories?: readonly string[];
}

function report({ stdout }: Context, options: Json, recorded: Recorded): void {
  if (options.json) stdout.write(showJson(recorded));
  else if (recorded.repo_slug === undefined) stdout.write(`Recorded the domain ${recorded.domain_slug}.\n`);
  else stdout.write(`Recorded ${recorded.recorded} for ${recorded.repo_slug}.\n`);
}
