/** The options of `doi check` that write a baseline and compare with one. */
import { lstat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { Baseline } from '../check/baseline.js';
import type { CheckAnswer } from '../check/check-answer.js';
import type { BaselineAnswer } from '../check/compare-with-baseline.js';
import { DoiError } from '../domain/errors.js';
import { BY_CHECKER } from '../domain/verdict.js';

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
  if (written !== undefined) return { mode: 'write', file: fileToWrite(file, written) };
  if (file !== undefined) return { mode: 'compare', file, baseline: await readBaseline(file), ratchet };
  if (!ratchet) return undefined;
  throw new DoiError('bad_request', '--ratchet was given without a baseline.', 'Give --baseline FILE.');
}

function fileToWrite(file: string | undefined, written: string | true): string {
  const named = written === true ? file : written;
  if (named === undefined)
    throw new DoiError('bad_request', '--write-baseline names no file.', 'Give --write-baseline FILE.');
  if (file === undefined || resolve(file) === resolve(named)) return named;
  const found = '--baseline and --write-baseline name two files.';
  throw new DoiError('bad_request', found, 'Name the file once: --write-baseline FILE.');
}

/** A baseline lies in the repository, so that what it holds may be hostile: a link out of its folder is not followed. */
async function readBaseline(file: string): Promise<Baseline> {
  const { bytePath } = await import('../checkout/byte-path.js');
  const { safeReadText } = await import('../checkout/read-inside.js');
  const { realFolder } = await import('../checkout/real-folder.js');
  const { MAX_BASELINE_BYTES, parseBaseline } = await import('../check/baseline.js');
  const path = resolve(file);
  const read = safeReadText(bytePath(await realFolder(dirname(path))), basename(path), MAX_BASELINE_BYTES);
  if (read.state === 'present') return parseBaseline(read.text, file);
  const found = read.state === 'absent' ? `There is no baseline ${file}.` : read.reason;
  throw new DoiError('bad_request', found, `Write one with "doi check --write-baseline ${file}".`);
}

/** Compares, or writes; a file is written only where something in it changes. */
export async function runBaseline(
  plan: Plan,
  answer: CheckAnswer,
  { allowUnknown = false }: BaselineOptions,
): Promise<BaselineAnswer> {
  const { formatBaseline, ratchet, toBaseline, wereFound } = await import('../check/baseline.js');
  const { compareWithBaseline } = await import('../check/compare-with-baseline.js');
  const { file } = plan;
  const shared = { file, allow_unknown: allowUnknown };
  if (plan.mode === 'write') {
    const baseline = toBaseline(answer);
    const notJudged = [...answer.not_judged, ...(wereFound(answer) ? [] : BY_CHECKER)];
    const isRefused = !wereFound(answer) || (notJudged.length > 0 && !allowUnknown);
    if (!isRefused) await writeBaseline(file, formatBaseline(baseline));
    const nothing = compareWithBaseline(answer, baseline);
    const outcome = isRefused ? 'refused' : 'written';
    return { ...nothing, ...shared, outcome, not_judged: notJudged, written: !isRefused };
  }
  const comparison = compareWithBaseline(answer, plan.baseline);
  const tighter = plan.ratchet ? formatBaseline(ratchet(plan.baseline, answer)) : undefined;
  const written = tighter !== undefined && tighter !== formatBaseline(plan.baseline);
  if (written) await writeBaseline(file, tighter);
  return { ...comparison, ...shared, written };
}

/** A link in a repository could lead the text over any file of this user. */
async function writeBaseline(file: string, text: string): Promise<void> {
  const { MAX_BASELINE_BYTES } = await import('../check/baseline.js');
  if (Buffer.byteLength(text) > MAX_BASELINE_BYTES) {
    const found = `The baseline ${file} would have more than ${MAX_BASELINE_BYTES} bytes, which no check reads.`;
    throw new DoiError('bad_request', found, 'Correct some of the findings first.');
  }
  const { writeOutputFile } = await import('./write-output-file.js');
  const { realFolder } = await import('../checkout/real-folder.js');
  const path = resolve(file);
  const target = join(await realFolder(dirname(path)), basename(path));
  const found = await lstat(target).catch(() => undefined);
  if (found !== undefined && !found.isFile())
    throw new DoiError('bad_request', `${file} is there, and no regular file.`, 'Name another file.');
  await writeOutputFile(target, text);
}
