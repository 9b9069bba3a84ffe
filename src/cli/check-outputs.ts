/** The formats of `doi check`: the options that choose them, and where each is written. */
import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CheckAnswer } from '../check/check-answer.js';
import { DoiError } from '../domain/errors.js';
import { cleanText } from '../domain/text.js';
import { absolutePath } from '../platform/absolute-path.js';
import type { Context } from './context.js';
import { localCommand } from './local-command.js';
import { makePaint, plain } from './terminal.js';

export const FORMATS = ['text', 'json', 'sarif', 'junit', 'github', 'markdown'] as const;
export type Format = (typeof FORMATS)[number];

interface FileOutput {
  readonly format: Format;
  readonly file: string;
}

export interface OutputOptions {
  readonly format?: Format;
  readonly json?: boolean;
  readonly output?: readonly FileOutput[];
}

export function addOutputOptions(command: Command): Command {
  return command
    .addOption(new Option('--format <format>', 'print this format').choices(FORMATS))
    .addOption(new Option('--json', 'print JSON, as --format json does').conflicts('format'))
    .option(
      '--output <format=file>',
      'write this format to a file as well; may be given several times',
      addFileOutput,
    );
}

/** Writes the files of `--output`. */
export async function writeFiles(answer: CheckAnswer, { output = [] }: OutputOptions): Promise<void> {
  if (output.length === 0) return;
  const { writeOutputFile } = await import('./write-output-file.js');
  for (const one of output) await writeOutputFile(one.file, await formatAs(one.format, answer, plain));
}

/** @throws {DoiError} `bad_request` where an output would replace this file, which the same command reads or writes */
export function requireNoOutput({ output = [] }: OutputOptions, file: string): void {
  if (!output.some((one) => realFile(one.file) === realFile(file))) return;
  const found = `${cleanText(file, 400)} is the baseline, and an output as well.`;
  throw new DoiError('bad_request', found, 'Name another file for --output.');
}

export async function printAnswer(
  answer: CheckAnswer,
  { format, json }: OutputOptions,
  { stdout }: Pick<Context, 'stdout'>,
): Promise<void> {
  stdout.write(await formatAs(json ? 'json' : (format ?? 'text'), answer, makePaint(stdout)));
}

/** Each format is loaded only where it is used, so that the command starts fast. */
async function formatAs(format: Format, answer: CheckAnswer, paint: typeof plain): Promise<string> {
  switch (format) {
    case 'text':
      return (await import('./format-check.js')).formatCheck(answer, paint, localCommand);
    case 'json':
      return (await import('../check/formats/json.js')).formatJson(answer);
    case 'sarif':
      return (await import('../check/formats/sarif.js')).formatSarif(answer);
    case 'junit':
      return (await import('../check/formats/junit.js')).formatJunit(answer);
    case 'github':
      return (await import('../check/formats/github.js')).formatGithub(answer);
    case 'markdown':
      return (await import('../check/formats/markdown.js')).formatMarkdown(answer);
  }
}

function addFileOutput(text: string, before: readonly FileOutput[] = []): FileOutput[] {
  const at = text.indexOf('=');
  const format = FORMATS.find((one) => one === text.slice(0, at));
  const file = text.slice(at + 1);
  if (at < 0 || format === undefined)
    throw new InvalidArgumentError(`It must be FORMAT=FILE, with a format of ${FORMATS.join(', ')}.`);
  if (file === '' || file === '-' || file.endsWith('/'))
    throw new InvalidArgumentError(
      'It must name a file; - is not accepted, since --format chooses what is printed.',
    );
  if (before.some((one) => realFile(one.file) === realFile(file)))
    throw new InvalidArgumentError('Each output needs its own file.');
  return [...before, { format, file }];
}

/** The path by which two names of one file are the same; the file need not be there. */
function realFile(file: string): string {
  for (const find of [() => realpathSync(file), () => join(realpathSync(dirname(file)), basename(file))])
    try {
      return find();
    } catch {
      // It is not there, or not readable: what writes it says so.
    }
  return absolutePath(file);
}
