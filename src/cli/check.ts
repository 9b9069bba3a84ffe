/** `doi check`: judges one checkout, without any service. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { RequiredAnswer, Requirement } from '../check/check-answer.js';
import type { CheckOptions } from '../check/judge-checkout.js';
import type { Tier } from '../domain/tier.js';
import { type Context, EXIT } from './context.js';
import { addHelpText } from './help-text.js';
import { makePaint, showJson } from './terminal.js';

interface Options extends Omit<CheckOptions, 'path'> {
  readonly require?: Exclude<Tier, 'none'>;
  readonly allowUnknown?: boolean;
  readonly json?: boolean;
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
    .option('--json', 'print JSON')
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
  addHelpText(command, {
    notes:
      'A criterion that is not judged never counts as met, so the tier shown may be too low. --allow-unknown accepts it for --require.',
    examples: [
      ['doi check', 'the checkout in this folder'],
      [
        'doi check ../widget --require standard --allow-unknown',
        'in a build: fail if a file is missing for standard',
      ],
      ['doi check --slug widget --domain shop', 'with what the registry would say'],
    ],
    exits: [
      [EXIT.below, 'below the tier of --require'],
      [EXIT.unknown, 'not known: a criterion up to that tier was not judged'],
    ],
  });
}

async function check(path: string, options: Options, context: Context): Promise<void> {
  const { readConfig } = await import('../platform/config.js');
  const { judgeCheckout } = await import('../check/judge-checkout.js');
  const { toCheckAnswer } = await import('../check/check-answer.js');
  const config = readConfig(context.env);
  const judged = await judgeCheckout({ ...options, path }, { config, environment: context.env });
  const answer = toCheckAnswer(judged, requirement(options));
  if (options.json) context.stdout.write(showJson(answer));
  else {
    const { formatCheck } = await import('./format-check.js');
    context.stdout.write(formatCheck(answer, makePaint(context.stdout)));
  }
  if (answer.required !== null) context.exitCode = exitOfRequired(answer.required);
}

function requirement({ require: tier, allowUnknown }: Options): Requirement | undefined {
  return tier && { tier, allowUnknown };
}

function exitOfRequired({ met, allow_unknown: allowed }: RequiredAnswer): number {
  if (met === null) return allowed ? EXIT.done : EXIT.unknown;
  return met ? EXIT.done : EXIT.below;
}

function parseCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a number, 0 or more.');
}

function parseDate(text: string): string {
  const time = Date.parse(text);
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(time)) return new Date(time).toISOString();
  throw new InvalidArgumentError('It must be a date such as 2026-03-20.');
}

function parseDomain(text: string): { slug: string; status: string } {
  const [slug = '', status = 'active', ...rest] = text.split(':');
  if (slug !== '' && status !== '' && rest.length === 0) return { slug, status };
  throw new InvalidArgumentError('It must be SLUG or SLUG:STATUS.');
}
