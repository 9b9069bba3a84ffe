/** Converts a checker's output and exit code to findings, or to the error that says why there are none. */
import { z } from 'zod';
import { DoiError, type ErrorCode } from '../domain/errors.js';
import type { Finding, Severity } from '../domain/input.js';
import { describeExit } from './describe-run.js';
import { describePrinted, printable } from './output.js';
import type { RunResult } from './run-subprocess.js';

/** The result of a checker that exited by itself. */
export interface CheckerRun extends RunResult {
  readonly code: number;
}

const finding = z.object({
  check: z.string().min(1),
  severity: z.enum(['FAIL', 'WARN', 'INFO']),
  // Programs often print null if a finding has no place.
  file: z.string().nullish(),
  line: z.int().positive().nullish(),
  message: z.string(),
});
// The findings are parsed one by one, up to the first invalid one: listing the faults of a million of them would take
// gigabytes and minutes.
const report = z.object({ repo: z.string(), findings: z.custom<unknown[]>(Array.isArray) });

/**
 * How many findings of each severity keep their texts. The others keep their check and severity, so that every count is
 * right. The limit on output limits their number.
 */
export const MAX_TEXTS = 2_000;
const LEFT_OUT = 'Its text is left out: there are too many of its kind.';
const NAME_LENGTH = 100;

/**
 * Reads the JSON of a checker. Code and JSON must agree: 0 with neither FAIL nor WARN, 1 with a FAIL, 2 with a WARN and
 * no FAIL.
 * @throws {DoiError} `checker_crashed`, `checker_output_invalid` or `checker_contradicts_itself`
 */
export function readJsonOutput(run: CheckerRun, slug: string): Finding[] {
  if (![0, 1, 2].includes(run.code)) throw crashed(run);
  const { repo, findings: all } = readAgreed(run, report, parseJson(run.stdout.head));
  const findings = all.map((one, index) => readAgreed(run, finding, one, ['findings', index]));
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

// Python, Node, Java, Go: what a program prints when it breaks. A broken one can exit with 1 or 2 as well. White space
// that may span lines would take quadratic time on a stream of empty ones.
const TRACEBACK =
  /^(?:Traceback \(most recent call last\):|[ \t]{1,100}at .{1,500}:\d{1,10}\)?$|Exception in thread |panic: )/m;

/**
 * Judges a checker by its exit code alone; 1 and 2 count only with something on standard output and no traceback on
 * standard error. There is one finding for 1 and for 2, whose text is the beginning of the output.
 * @throws {DoiError} `checker_crashed`
 */
export function readExitCode(run: CheckerRun): Finding[] {
  if (run.code === 0) return [];
  const message = printable(run.stdout.head.trim());
  const broke = TRACEBACK.test(run.stderr.head) || TRACEBACK.test(run.stderr.tail);
  if ((run.code !== 1 && run.code !== 2) || message === '' || broke) throw crashed(run);
  return [{ check: 'exit-code', severity: run.code === 1 ? 'FAIL' : 'WARN', message }];
}

function crashed(run: CheckerRun): DoiError {
  return broken('checker_crashed', `The checker ${describeExit(run)}, which is no result.`, run);
}

function invalid(run: CheckerRun, why: string): DoiError {
  return broken('checker_output_invalid', `The checker ${describeExit(run)}, but ${why}.`, run);
}

/** An error with the head and the tail of the output, safe to show. */
export function broken(code: ErrorCode, found: string, run: Pick<CheckerRun, 'stdout' | 'stderr'>): DoiError {
  const remedy =
    'Run the checker by hand in that checkout and see what it says; the worker tries again by itself.';
  return new DoiError(code, describePrinted(found, run), remedy);
}

function keepTexts(findings: readonly z.infer<typeof finding>[]): Finding[] {
  const seen: Record<Severity, number> = { FAIL: 0, WARN: 0, INFO: 0 };
  return findings.map(({ check, severity, file, line, message }) => {
    seen[severity] += 1;
    const named = { check: printable(check, NAME_LENGTH), severity };
    if (seen[severity] > MAX_TEXTS) return { ...named, message: LEFT_OUT };
    return {
      ...named,
      ...(typeof file === 'string' ? { file: printable(file) } : {}),
      ...(typeof line === 'number' ? { line } : {}),
      message: printable(message),
    };
  });
}

/** @param path its place in the whole output */
function readAgreed<T>(
  run: CheckerRun,
  agreed: z.ZodType<T>,
  value: unknown,
  path: readonly PropertyKey[] = [],
): T {
  const parsed = agreed.safeParse(value);
  if (parsed.success) return parsed.data;
  const at = [...path, ...(parsed.error.issues[0]?.path ?? [])].join('.');
  throw invalid(run, `what it printed is not the JSON object that is agreed${at === '' ? '' : ` at ${at}`}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The schema then reports the wrong form.
    return undefined;
  }
}
