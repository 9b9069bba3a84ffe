/** `doi init`: writes the files that a checkout lacks for the next tier, to fill in. */
import type { Command } from 'commander';
import type { InitResult } from '../init/init-checkout.js';
import type { Context } from './context.js';
import type { InitState } from './format-init.js';
import { addHelpText } from './help-text.js';
import { makePaint, showJson } from './terminal.js';

interface Options {
  readonly workplan?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function addInit(program: Command, context: Context): void {
  const command = program
    .command('init')
    .summary('write the files that a checkout lacks')
    .description(
      'Writes SCOPE.md, CLAUDE.md, tpsc.yaml and workplans/README.md where they are absent, each line to fill in marked by ' +
        '"TODO(doi):". It changes no file that is there, and writes nowhere but below the path that is given.',
    )
    .argument('[path]', 'the root of a checkout', '.')
    .option('--workplan <title>', 'write a workplan with this title too')
    .option('--dry-run', 'write nothing; show a diff that "git apply" takes')
    .option('--yes', 'do not ask where the deletion of a file is not committed')
    .option('--json', 'print JSON')
    .action((path: string, options: Options) => init(path, options, context));
  addHelpText(command, {
    notes:
      'A line, and in YAML a value or comment, that begins with "TODO(doi):" does not count: the files are judged as if these\n' +
      'lines were not there, so that nothing is met before they are filled in. Replace each by what it asks for.',
    examples: [
      ['doi init', 'the checkout in this folder'],
      ['doi init ../widget --dry-run', 'see what it would write'],
      ['doi init . --workplan "Ship 2.0"', 'and a workplan, with the next free number'],
    ],
  });
}

async function init(path: string, options: Options, context: Context): Promise<void> {
  const { initCheckout } = await import('../init/init-checkout.js');
  const { findTracked } = await import('../git/find-tracked.js');
  const { bytePath } = await import('../checkout/byte-path.js');
  const isDryRun = options.dryRun === true;
  const result = await initCheckout(
    { path, workplan: options.workplan, dryRun: isDryRun, yes: options.yes === true },
    (root) => ({
      findTracked: (paths) => findTracked(bytePath(root), paths, context.env),
      ask: context.ask,
    }),
  );
  const { formatDryRun, formatInit, formatWritten } = await import('./format-init.js');
  if (isDryRun && !options.json) {
    const { diff, notes } = formatDryRun(result);
    context.stdout.write(diff);
    context.stderr.write(notes);
    return;
  }
  const paint = makePaint(context.stdout);
  // Before it is judged, so that the person sees what was written even if the checker breaks.
  if (!options.json) context.stdout.write(formatWritten(result, paint));
  const state = await readState(result, isDryRun, context);
  if (!options.json) {
    const { localCommand } = await import('./local-command.js');
    context.stdout.write(formatInit({ path: result.path, command: localCommand }, state, paint));
    return;
  }
  const { showDiff } = await import('../init/show-diff.js');
  context.stdout.write(
    showJson({
      repo_slug: result.slug,
      path: result.path,
      dry_run: isDryRun,
      written: isDryRun ? [] : result.files.map((file) => file.path),
      would_write: isDryRun ? result.files.map((file) => file.path) : [],
      left: result.left,
      placeholders: state.placeholders.listed,
      more_placeholders: state.placeholders.more,
      tier_of_judged: state.tier,
      next_tier: state.next,
      not_judged: state.notJudged,
      ...(isDryRun ? { diff: showDiff(result.files) } : {}),
    }),
  );
}

/** How the checkout is judged now, and what is still to be filled in. */
async function readState(
  { path, files }: InitResult,
  isDryRun: boolean,
  { env }: Context,
): Promise<InitState> {
  const { readConfig } = await import('../platform/config.js');
  const { judgeCheckout } = await import('../check/judge-checkout.js');
  const { missingOfJudged, toCheckAnswer } = await import('../check/check-answer.js');
  const { listPlaceholders } = await import('../init/list-placeholders.js');
  const { bytePath } = await import('../checkout/byte-path.js');
  const judged = await judgeCheckout({ path }, { config: readConfig(env), environment: env });
  const answer = toCheckAnswer(judged);
  const missing = missingOfJudged(answer);
  return {
    // Of a dry run those of the planned texts too, which are in no file yet.
    placeholders: listPlaceholders(bytePath(path), isDryRun ? files : []),
    tier: answer.tier_of_judged,
    next: missing && { tier: missing.tier, missing: missing.verdicts },
    notJudged: answer.not_judged,
  };
}
