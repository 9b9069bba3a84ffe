/** `doi check`: judges one checkout, without any service. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CheckAnswer, Requirement } from '../check/check-answer.js';
import type { CheckOptions } from '../check/judge-checkout.js';
import type { Tier } from '../domain/tier.js';
import { type AgainstOptions, addAgainstOption, planAgainst, runAgainst } from './check-against.js';
import {
  addBaselineOptions,
  type BaselineOptions,
  compareBaseline,
  planBaseline,
  writeBaseline,
} from './check-baseline.js';
import { exitOfCheck } from './check-exit.js';
import {
  addOutputOptions,
  type OutputOptions,
  printAnswer,
  requireNoOutput,
  writeFiles,
} from './check-outputs.js';
import { type Context, EXIT } from './context.js';
import { addHelpText } from './help-text.js';

const DAY_MS = 24 * 60 * 60 * 1000;

interface Options extends Omit<CheckOptions, 'path'>, OutputOptions, BaselineOptions, AgainstOptions {
  readonly require?: Exclude<Tier, 'none'>;
  readonly allowUnknown?: boolean;
}

export function addCheck(program: Command, context: Context): void {
  const command = program
    .command('check')
    .summary('judge one checkout; needs no service')
    .description(
      'Judges a checkout by the fourteen criteria. A criterion that needs the registry is not judged, unless an option gives ' +
        'what the registry would say.',
    )
    .argument('[path]', 'the checkout, or a folder within it', '.')
    .addOption(
      new Option(
        '--require <tier>',
        'exit with 1 if a criterion up to this tier is not met, and with 4 if one was not judged',
      ).choices(['core', 'standard', 'full']),
    )
    .option('--allow-unknown', 'exit with 0 instead of 4')
    .option('--slug <slug>', 'judge it as if it were registered here under this slug (C1, C14)')
    .option('--remote <url>', "judge this remote, not the checkout's own (C4)")
    .option(
      '--domain <slug[:status]>',
      'judge it as part of this domain; the status is active unless given (C2)',
      parseDomain,
    )
    .option('--goal-active <n>', 'judge it with this many active goals (C10)', parseCount)
    .option('--sbom <date>', 'judge it with an SBOM ingested on this date (C8)', parseDate)
    .option('--tpsc <n>', 'judge it with this many snapshots of third-party services (C9)', parseCount)
    .action((path: string, options: Options) => check(path, options, context));
  addAgainstOption(addBaselineOptions(addOutputOptions(command)));
  addHelpText(command, {
    notes:
      'A criterion that is not judged never counts as met, so the tier shown may be too low. --allow-unknown accepts it for --require.',
    examples: [
      ['doi check', 'the checkout in this folder'],
      [
        'doi check ../widget --require standard --allow-unknown',
        'in a build: fail if a file is missing for standard',
      ],
      ['doi check --format github --output sarif=doi.sarif', 'annotations, and a file to upload'],
      ['doi check --slug widget --domain shop', 'with what the registry would say'],
      ['doi check --baseline doi-baseline.json', 'in a build: fail only if something got worse'],
      ['doi check --against https://doi.example.org', "why the server's verdict is another one"],
    ],
    exits: [
      [EXIT.done, 'met: --require, --baseline and --against, as far as they are given'],
      [EXIT.below, 'below the tier of --require, worse than the baseline, or different from the server'],
      [EXIT.unknown, "not known: a criterion was not judged, or the server's verdict is stale or missing"],
    ],
  });
}

async function check(path: string, options: Options, context: Context): Promise<void> {
  const { readConfig } = await import('../platform/config.js');
  const { judgeCheckout } = await import('../check/judge-checkout.js');
  const { toCheckAnswer } = await import('../check/check-answer.js');
  const config = readConfig(context.env);
  const plan = await planBaseline(options);
  if (plan !== undefined) requireNoOutput(options, plan.file);
  const server = await planAgainst(options);
  const judged = await judgeCheckout({ ...options, path }, { config, environment: context.env });
  const own = toCheckAnswer(judged, requirement(options));
  const remote = options.slug === undefined ? judged.remote : null;
  const against = server && (await runAgainst(server, own, { ...options, config, remote }));
  const compared =
    plan && (await compareBaseline(plan, { ...own, fail_by_option: judged.failByOption }, options));
  const answer: CheckAnswer = {
    ...own,
    ...(against && { against }),
    ...(compared && { baseline: compared.answer }),
  };
  context.exitCode = exitOfCheck(answer);
  await writeFiles(answer, options);
  // Last, so that it stays as it is where the server refused or an output cannot be written.
  if (compared?.text !== undefined) await writeBaseline(compared.answer.file, compared.text);
  await printAnswer(answer, options, context);
  await explainComparisons(answer, options, context);
}

/** Says on standard error what a format other than text leaves out, so that a build's log says why it ended as it did. */
async function explainComparisons(answer: CheckAnswer, options: Options, context: Context): Promise<void> {
  const isText = options.json !== true && (options.format ?? 'text') === 'text';
  if (isText || (answer.baseline === undefined && answer.against === undefined)) return;
  const { formatComparisons } = await import('./format-comparisons.js');
  const { makePaint } = await import('./terminal.js');
  context.stderr.write(`${formatComparisons(answer, makePaint(context.stderr)).join('\n').trim()}\n`);
}

function requirement({ require: tier, allowUnknown }: Options): Requirement | undefined {
  return tier && { tier, allowUnknown };
}

function parseCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a number, 0 or more.');
}

function parseDate(text: string): string {
  const [, day] = /^(\d{4}-\d{2}-\d{2})(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?$/.exec(text) ?? [];
  const time = Date.parse(text);
  // Of a day that does not exist, such as 2026-02-31, the parser makes another one.
  if (day === undefined || Number.isNaN(time) || new Date(day).toJSON()?.slice(0, 10) !== day)
    throw new InvalidArgumentError('It must be a date such as 2026-03-20.');
  // In other time zones the day of today may have begun before it does in UTC.
  if (time > Date.now() + DAY_MS) throw new InvalidArgumentError('It must not be in the future.');
  return new Date(time).toISOString();
}

function parseDomain(text: string): { slug: string; status: string } {
  const [slug = '', status = 'active', ...rest] = text.split(':');
  if (slug !== '' && status !== '' && rest.length === 0) return { slug, status };
  throw new InvalidArgumentError('It must be SLUG or SLUG:STATUS.');
}
