/** Turns the output and the exit code of a checker into findings, or into an error that says why there are none. */

import { z } from 'zod';
import { DoiError, type ErrorCode } from '../domain/errors.js';
import { EXIT_CODE_CHECK, type Finding, type Severity } from '../domain/input.js';
import { TEXT_LEFT_OUT } from '../domain/left-out.js';
import { parseJson } from '../domain/parse-json.js';
import { describeExit } from './describe-run.js';
import { describePrinted, printable } from './output.js';
import type { RunResult } from './run-subprocess.js';

/** The run of a checker that exited by itself. */
export interface CheckerRun extends RunResult {
  readonly code: number;
}

const finding = z.object({
  check: z.string().min(1),
  severity: z.enum(['FAIL', 'WARN', 'INFO']),
  // Programs that know no file or line often print null.
  file: z.string().nullish(),
  line: z.int().positive().nullish(),
  message: z.string(),
});
// The findings are parsed one by one, up to the first that is wrong: one schema for all would list every fault of a million
// findings, which takes gigabytes and minutes.
const report = z.object({ repo: z.string(), findings: z.custom<unknown[]>(Array.isArray) });

/**
 * How many findings of each severity keep their texts. The others keep their check and severity, so that every count stays
 * true; the limit on output bounds how many there are.
 */
export const MAX_TEXTS = 2_000;
const NAME_LENGTH = 100;

/**
 * Reads the findings of a checker that prints JSON. The exit code must agree with them: 0 without FAIL and WARN, 1 with a
 * FAIL, 2 with a WARN and no FAIL.
 * @throws {DoiError} `checker_crashed`, `checker_output_invalid` or `checker_contradicts_itself`
 */
export function readJsonOutput(run: CheckerRun, slug: string): Finding[] {
  if (![0, 1, 2].includes(run.code)) throw crashed(run);
  const { repo, findings: all } = readAgreed(report, parseJson(run.stdout.head), { run, at: [] });
  const findings = all.map((one, index) => readAgreed(finding, one, { run, at: ['findings', index] }));
  if (repo !== slug) throw invalid(run, `it answers for the repository "${printable(repo, NAME_LENGTH)}"`);
  const has = (severity: Severity) => findings.some((one) => one.severity === severity);
  const expected = has('FAIL') ? 1 : has('WARN') ? 2 : 0;
  if (run.code !== expected) {
    const says = { 0: 'neither FAIL nor WARN', 1: 'a FAIL', 2: 'a WARN and no FAIL' }[expected];
    const found = `The checker ${describeExit(run)}, but its findings hold ${says}, which is code ${expected}.`;
    const remedy = 'Correct the checker: 0 is clean, 1 is a FAIL, 2 is a WARN and no FAIL.';
    throw new DoiError('checker_contradicts_itself', describePrinted(found, run), remedy);
  }
  return keepTexts(findings);
}

// What a program of Python, Node, Java or Go prints when it crashes: a crash, too, can have the exit code 1 or 2. The white
// space in it must not span lines: that would take quadratic time on many empty lines.
const TRACEBACK =
  /^(?:Traceback \(most recent call last\):|[ \t]{1,100}at .{1,500}:\d{1,10}\)?$|Exception in thread |panic: )/m;

/**
 * Reads the finding of a checker that reports by its exit code alone: 1 or 2 gives one finding, whose text is the beginning
 * of the output. Both count only with some text on standard output and no traceback on standard error.
 * @throws {DoiError} `checker_crashed`
 */
export function readExitCode(run: CheckerRun): Finding[] {
  if (run.code === 0) return [];
  const message = printable(run.stdout.head.trim());
  const broke = TRACEBACK.test(run.stderr.head) || TRACEBACK.test(run.stderr.tail);
  if ((run.code !== 1 && run.code !== 2) || message === '' || broke) throw crashed(run);
  return [{ check: EXIT_CODE_CHECK, severity: run.code === 1 ? 'FAIL' : 'WARN', message }];
}

function crashed(run: CheckerRun): DoiError {
  return broken('checker_crashed', `The checker ${describeExit(run)}, which is no result.`, run);
}

function invalid(run: CheckerRun, why: string): DoiError {
  return broken('checker_output_invalid', `The checker ${describeExit(run)}, but ${why}.`, run);
}

/** An error that quotes the head and the tail of what the checker printed, safe to show. */
export function broken(code: ErrorCode, found: string, run: Pick<CheckerRun, 'stdout' | 'stderr'>): DoiError {
  const remedy =
    'Run the checker by hand in that checkout and see what it says; a worker tries again by itself, "doi check" does not.';
  return new DoiError(code, describePrinted(found, run), remedy);
}

function keepTexts(findings: readonly z.infer<typeof finding>[]): Finding[] {
  const seen: Record<Severity, number> = { FAIL: 0, WARN: 0, INFO: 0 };
  return findings.map(({ check, severity, file, line, message }) => {
    seen[severity] += 1;
    const named = { check: printable(check, NAME_LENGTH), severity };
    if (seen[severity] > MAX_TEXTS) return { ...named, message: TEXT_LEFT_OUT };
    return {
      ...named,
      ...(typeof file === 'string' ? { file: printable(file) } : {}),
      ...(typeof line === 'number' ? { line } : {}),
      message: printable(message),
    };
  });
}

interface Printed {
  readonly run: CheckerRun;
  /** The path of the value within the JSON. */
  readonly at: readonly PropertyKey[];
}

function readAgreed<T>(agreed: z.ZodType<T>, value: unknown, { run, at }: Printed): T {
  const parsed = agreed.safeParse(value);
  if (parsed.success) return parsed.data;
  const path = [...at, ...(parsed.error.issues[0]?.path ?? [])].join('.');
  throw invalid(
    run,
    `what it printed is not the JSON object that is agreed${path === '' ? '' : ` at ${path}`}`,
  );
}
