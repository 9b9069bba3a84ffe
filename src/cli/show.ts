/** `doi show` and `doi why`: show the stored report of one repository, and the reasons for it. */
import type { Command } from 'commander';
import type { ReportAnswer } from '../api/report.js';
import type { Context } from './context.js';
import { addHelpText } from './help-text.js';
import { showJson, type View, viewOf } from './terminal.js';

interface Options {
  readonly json?: boolean;
}

export function addShow(program: Command, context: Context): void {
  const command = program
    .command('show')
    .summary('show the stored report of a repository')
    .description('Shows the stored report at once, and whether it is fresh. It judges nothing.')
    .argument('<slug>', 'a registered repository')
    .option('--json', 'print JSON, as GET /repos/SLUG/doi does')
    .action(async (slug: string, options: Options) => {
      const { formatReport } = await import('./format-report.js');
      await print(slug, { options, context, format: formatReport });
    });
  addHelpText(command, {
    examples: [
      ['doi show widget', 'its tier, its criteria, and what is next'],
      ['doi show widget --json', 'the same for programs'],
    ],
  });
}

export function addWhy(program: Command, context: Context): void {
  const command = program
    .command('why')
    .summary('show why a report is stale, and what the last evaluation did')
    .description(
      'Says which inputs make the report stale, what triggered the last evaluation, which criteria it ran, which it ' +
        'kept, and why.',
    )
    .argument('<slug>', 'a registered repository')
    .option('--json', 'print JSON, as GET /repos/SLUG/doi does')
    .action(async (slug: string, options: Options) => {
      const { formatWhy } = await import('./format-why.js');
      await print(slug, { options, context, format: formatWhy });
    });
  addHelpText(command, {
    examples: [['doi why widget', 'the reasons, with the versions of each input that changed']],
  });
}

interface Printing {
  readonly options: Options;
  readonly context: Context;
  readonly format: (report: ReportAnswer, view: View) => string;
}

async function print(slug: string, { options, context, format }: Printing): Promise<void> {
  const { withReader } = await import('./open-services.js');
  const { readReport } = await import('../reader/read-report.js');
  const { answer } = await withReader(context.env, (reader) => readReport(reader, slug));
  context.stdout.write(options.json ? showJson(answer) : format(answer, viewOf(context.stdout)));
}
