/** `doi summary`: lists all repositories, worst first. */
import { type Command, Option } from 'commander';
import { TIERS, type Tier } from '../domain/tier.js';
import type { Context } from './context.js';
import { addHelpText } from './help-text.js';
import { showJson, viewOf } from './terminal.js';

interface Options {
  readonly domain?: string;
  readonly tier?: Tier;
  readonly stale?: true;
  readonly broken?: true;
  readonly json?: boolean;
}

export function addSummary(program: Command, context: Context): void {
  const command = program
    .command('summary')
    .summary('list all repositories, worst first')
    .description(
      'Lists the active repositories: first those that were never evaluated, then by tier, the lowest first.',
    )
    .option('--domain <slug>', 'only those of this domain')
    .addOption(new Option('--tier <tier>', 'only those of this tier').choices(TIERS))
    .option('--stale', 'only those whose report is stale')
    .option('--broken', 'only those whose last evaluation failed')
    .option('--json', 'print JSON, as GET /repos/doi/summary does')
    .action((options: Options) => summarise(options, context));
  addHelpText(command, {
    examples: [
      ['doi summary', 'everything'],
      ['doi summary --tier none', 'repositories below the tier core'],
      ['doi summary --broken', 'repositories that could not be judged the last time'],
    ],
  });
}

async function summarise(options: Options, { env, stdout }: Context): Promise<void> {
  const { withReader } = await import('./open-services.js');
  const { readSummary } = await import('../reader/summary/read-summary.js');
  const { readHosts } = await import('../store/hosts/read-hosts.js');
  const { formatSummary } = await import('./format-summary.js');
  const { formatHosts } = await import('./format-hosts.js');
  const { json, ...filter } = options;
  const { entries, hosts } = await withReader(env, async (reader) => ({
    entries: await readSummary(reader, filter),
    hosts: json ? [] : await readHosts(reader),
  }));
  const view = {
    ...viewOf(stdout),
    filtered: Object.keys(filter).length > 0,
  };
  stdout.write(json ? showJson(entries) : `${formatSummary(entries, view)}${formatHosts(hosts, view.paint)}`);
}
