/** `doi gate`: ends a build by the verdict that a server keeps. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { GateOptions } from '../client/gate.js';
import type { UnknownReason } from '../domain/unknown-reason.js';
import { CRITERION_TIERS } from '../domain/verdict.js';
import type { Context } from './context.js';
import { EXIT } from './context.js';
import { addHelpText } from './help-text.js';
import { makePaint, showJson, showText } from './terminal.js';

interface Options {
  readonly require: GateOptions['require'];
  readonly maxAge?: number;
  readonly atCommit?: string;
  readonly wait: number;
  readonly allowUnknown?: boolean;
  readonly json?: boolean;
}

export function addGate(program: Command, context: Context): void {
  const command = program
    .command('gate')
    .summary("end a build by a server's verdict")
    .description(
      'Asks the server at DOI_URL, over HTTP, whether a repository has reached a tier. A verdict that is stale is not known, ' +
        'and so not met, unless --max-age accepts it.',
    )
    .argument('<slug>', 'a repository that is registered there')
    .addOption(
      new Option('--require <tier>', 'the tier that must be reached')
        .choices(CRITERION_TIERS)
        .makeOptionMandatory(),
    )
    .option(
      '--max-age <duration>',
      'accept a stale verdict that is at most this old: 90s, 30m, 8h, 7d',
      parseDuration,
    )
    .option(
      '--at-commit <sha>',
      "the commit that the server's checkout must be at, or its first 7 digits or more",
      parseCommit,
    )
    .option(
      '--wait <seconds>',
      'how long to wait for a verdict that is not known yet, 0 to 3600',
      parseWait,
      0,
    )
    .option('--allow-unknown', 'exit with 0 instead of 4')
    .option('--json', 'print JSON')
    .action((slug: string, options: Options) => gate(slug, options, context));
  addHelpText(command, {
    notes:
      'DOI_URL names the server (http://127.0.0.1:8080 unless set), DOI_READ_TOKEN is the token for reading, if it has one.',
    examples: [
      ['doi gate widget --require standard', 'pass only if a fresh verdict says standard or full'],
      ['doi gate widget --require core --max-age 8h', 'accept a stale verdict of the last 8 hours'],
      ['doi gate widget --require full --at-commit "$SHA" --wait 60', 'wait for the verdict of this commit'],
    ],
    exits: [
      [EXIT.done, 'the tier is reached'],
      [EXIT.below, 'it is not'],
      [EXIT.broken, 'could not run: a setting or a token is wrong, or no doi server answers'],
      [EXIT.unknown, 'not known: stale, of another commit, never evaluated, unknown slug, unreachable'],
    ],
  });
}

async function gate(slug: string, options: Options, context: Context): Promise<void> {
  const { requireServedSlug } = await import('../api/queries.js');
  const { readConfig } = await import('../platform/config.js');
  const { systemClock } = await import('../platform/clock.js');
  const { awaitGate } = await import('../client/await-gate.js');
  const { openClient } = await import('../client/open-client.js');
  const { toGateAnswer } = await import('../client/gate-answer.js');
  const { inputsOf } = await import('../criteria/inputs-of.js');
  const { formatGate } = await import('./format-gate.js');
  requireServedSlug(slug);
  const { serverUrl: url, readToken, environment } = readConfig(context.env);
  // A command that only reads sends the token for requesting to no server.
  const client = openClient({ url, readToken, token: undefined, environment });
  const { require: tier, maxAge: maxAgeMs, atCommit, wait, allowUnknown = false } = options;
  const given = { slug, require: tier, maxAgeMs, atCommit, waitMs: wait * 1000, inputsOf };
  const onAway = ([away]: readonly UnknownReason[]) =>
    context.stderr.write(`doi: ${showText(away?.text ?? '', 1000)} Asking again for up to ${wait} s.\n`);
  const result = await awaitGate(given, { client, clock: systemClock, onAway });
  const answer = toGateAnswer(given, result, allowUnknown);
  context.exitCode = answer.exit_code;
  context.stdout.write(options.json ? showJson(answer) : formatGate(answer, makePaint(context.stdout)));
}

const UNITS_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

function parseDuration(text: string): number {
  const [, number, unit] = /^([1-9]\d{0,5})([smhdw])$/.exec(text) ?? [];
  if (number !== undefined) return Number(number) * UNITS_MS[unit as keyof typeof UNITS_MS];
  throw new InvalidArgumentError('It must be a number with s, m, h, d or w, such as 90s, 30m, 8h, 7d.');
}

function parseCommit(text: string): string {
  if (/^[0-9a-f]{7,64}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('It must be 7 to 64 hexadecimal digits of a commit.');
}

function parseWait(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) <= 3600) return Number(text);
  throw new InvalidArgumentError('It must be a whole number of seconds from 0 to 3600.');
}
