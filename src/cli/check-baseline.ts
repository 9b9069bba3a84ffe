/** The options of `doi check` that write a baseline and compare with one. */
import { lstat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Command, Option } from 'commander';
import type { Baseline, Judged } from '../check/baseline.js';
import type { BaselineAnswer } from '../check/compare-with-baseline.js';
import { DoiError } from '../domain/errors.js';
import { BY_CHECKER } from '../domain/verdict.js';
import { absolutePath } from '../platform/absolute-path.js';

export interface BaselineOptions {
  readonly baseline?: string;
  /** True without a file of its own: that of --baseline. */
  readonly writeBaseline?: string | true;
  readonly ratchet?: boolean;
  readonly allowUnknown?: boolean;
}

export function addBaselineOptions(command: Command): Command {
  return command
    .option('--baseline <file>', 'exit with 1 only if something is worse than in this file')
    .addOption(
      new Option(
        '--write-baseline [file]',
        'write what was judged to this file, or to that of --baseline, instead of comparing',
      ).conflicts('ratchet'),
    )
    .option('--ratchet', 'write what is better to the file of --baseline, and nothing that is worse');
}

/** What is to be done with a baseline. */
type Plan =
  | { readonly mode: 'write'; readonly file: string }
  | {
      readonly mode: 'compare';
      readonly file: string;
      readonly baseline: Baseline;
      readonly ratchet: boolean;
    };

/**
 * Reads the baseline, before anything is judged.
 * @returns undefined where no option names one
 * @throws {DoiError} `bad_request` for options that do not fit, a file that is not there or is none; `file_unreadable`
 */
export async function planBaseline(options: BaselineOptions): Promise<Plan | undefined> {
  const { baseline: file, writeBaseline: written, ratchet = false } = options;
  if (written !== undefined) {
    const named = fileToWrite(file, written);
    await requireBaseline(named);
    return { mode: 'write', file: named };
  }
  if (file !== undefined) return { mode: 'compare', file, baseline: await readBaseline(file), ratchet };
  if (!ratchet) return undefined;
  throw new DoiError('bad_request', '--ratchet was given without a baseline.', 'Give --baseline FILE.');
}

function fileToWrite(file: string | undefined, written: string | true): string {
  const named = written === true ? file : written;
  if (named === undefined)
    throw new DoiError('bad_request', '--write-baseline names no file.', 'Give --write-baseline FILE.');
  if (file === undefined || absolutePath(file) === absolutePath(named)) return named;
  const found = '--baseline and --write-baseline name two files.';
  throw new DoiError('bad_request', found, 'Name the file once: --write-baseline FILE.');
}

/** A baseline lies in the repository, so that what it holds may be hostile: a link out of its folder is not followed. */
async function readBaseline(file: string): Promise<Baseline> {
  const { parseBaseline } = await import('../check/baseline.js');
  const read = await readFile(file);
  if (read.state === 'present') return parseBaseline(read.text, file);
  const found = read.state === 'absent' ? `There is no baseline ${file}.` : read.reason;
  throw new DoiError('bad_request', found, `Write one with "doi check --write-baseline ${file}".`);
}

async function readFile(file: string) {
  const { bytePath } = await import('../checkout/byte-path.js');
  const { safeReadText } = await import('../checkout/read-inside.js');
  const { MAX_BASELINE_BYTES } = await import('../check/baseline.js');
  return safeReadText(bytePath(await folderOf(file)), basename(file), MAX_BASELINE_BYTES);
}

async function folderOf(file: string): Promise<string> {
  const { realFolder } = await import('../checkout/real-folder.js');
  const folder = dirname(absolutePath(file));
  return realFolder(folder).catch((error: unknown) => {
    if (!(error instanceof DoiError && error.code === 'not_a_folder')) throw error;
    const found = `There is no baseline ${file}: ${error.message}`;
    throw new DoiError('bad_request', found, 'Name a file in a folder that exists.', { cause: error });
  });
}

/** A file that the comparison leaves to be written, once everything else went well. */
interface Compared {
  readonly answer: BaselineAnswer;
  readonly text?: string | undefined;
}

/** Compares; the text of the file is there only where something in it changes. */
export async function compareBaseline(
  plan: Plan,
  answer: Judged,
  { allowUnknown = false }: BaselineOptions,
): Promise<Compared> {
  const { formatBaseline, ratchet, toBaseline, wereFound } = await import('../check/baseline.js');
  const { compareWithBaseline } = await import('../check/compare-with-baseline.js');
  const { file } = plan;
  const shared = { file, allow_unknown: allowUnknown };
  if (plan.mode === 'write') {
    const baseline = toBaseline(answer);
    const notJudged = [...answer.not_judged, ...(wereFound(answer) ? [] : BY_CHECKER)];
    const isRefused = !wereFound(answer) || (notJudged.length > 0 && !allowUnknown);
    const nothing = compareWithBaseline(answer, baseline);
    const outcome = isRefused ? 'refused' : 'written';
    const said = { ...nothing, ...shared, outcome, not_judged: notJudged, written: !isRefused } as const;
    return { answer: said, text: isRefused ? undefined : formatBaseline(baseline) };
  }
  const comparison = compareWithBaseline(answer, plan.baseline);
  const tighter = plan.ratchet ? formatBaseline(ratchet(plan.baseline, answer)) : undefined;
  const text = tighter === formatBaseline(plan.baseline) ? undefined : tighter;
  return { answer: { ...comparison, ...shared, written: text !== undefined }, text };
}

/** @throws {DoiError} `bad_request` for anything but a baseline; a link could lead the text over any file of this user */
async function requireBaseline(file: string): Promise<string> {
  const { isLikeBaseline } = await import('../check/baseline.js');
  const target = join(await folderOf(file), basename(file));
  const found = await lstat(target).catch(() => undefined);
  if (found === undefined) return target;
  if (!found.isFile())
    throw new DoiError('bad_request', `${file} exists and is not a regular file.`, 'Name another file.');
  const read = found.size === 0 ? undefined : await readFile(file);
  if (read?.state === 'rejected' || (read?.state === 'present' && !isLikeBaseline(read.text)))
    throw new DoiError(
      'bad_request',
      `${file} exists and is no baseline.`,
      'Name another file, or delete this one first.',
    );
  return target;
}

/** Writes the text of a baseline. */
export async function writeBaseline(file: string, text: string): Promise<void> {
  const { MAX_BASELINE_BYTES } = await import('../check/baseline.js');
  if (Buffer.byteLength(text) > MAX_BASELINE_BYTES) {
    const found = `The baseline ${file} would have more than ${MAX_BASELINE_BYTES} bytes, which no check reads.`;
    throw new DoiError('bad_request', found, 'Correct some of the findings first.');
  }
  const { writeOutputFile } = await import('./write-output-file.js');
  await writeOutputFile(await requireBaseline(file), text);
}
