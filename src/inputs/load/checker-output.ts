/** Turns what a checker printed and its exit code into findings, or into the error that says why there are none. */
import { z } from 'zod';
import { DoiError, type ErrorCode } from '../../domain/errors.js';
import type { Finding, Severity } from '../../domain/input.js';
import type { Output } from './collect-output.js';
import { describePrinted, printable } from './printed.js';

/** What a checker left behind when it exited by itself. */
export interface CheckerRun {
  readonly code: number;
  readonly stdout: Output;
  readonly stderr: Output;
}

const finding = z.object({
  check: z.string().min(1),
  severity: z.enum(['FAIL', 'WARN', 'INFO']),
  // Programs that have no place to name often print null.
  file: z.string().nullish(),
  line: z.int().positive().nullish(),
  message: z.string(),
});
const report = z.object({ repo: z.string(), findings: z.array(finding) });

/**
 * Findings whose texts are kept, for each severity. Beyond that a finding keeps its check and severity, so that every
 * count stays true: how many there are is bounded by the limit on output.
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
  const parsed = report.safeParse(parseJson(run.stdout.head));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.length ? ` at ${issue.path.join('.')}` : '';
    throw invalid(run, `what it printed is not the JSON object that is agreed${where}`);
  }
  const { repo, findings } = parsed.data;
  if (repo !== slug) throw invalid(run, `it answers for the repository "${printable(repo, NAME_LENGTH)}"`);
  const has = (severity: Severity) => findings.some((one) => one.severity === severity);
  const expected = has('FAIL') ? 1 : has('WARN') ? 2 : 0;
  if (run.code !== expected) {
    const says = { 0: 'neither FAIL nor WARN', 1: 'a FAIL', 2: 'a WARN and no FAIL' }[expected];
    throw new DoiError(
      'checker_contradicts_itself',
      `The checker exited with code ${run.code}, but its findings hold ${says}, which is code ${expected}.`,
      'Correct the checker: 0 is clean, 1 is a FAIL, 2 is a WARN and no FAIL.',
    );
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
  return broken('checker_crashed', `The checker exited with code ${run.code}, which is no result.`, run);
}

function invalid(run: CheckerRun, why: string): DoiError {
  return broken('checker_output_invalid', `The checker exited with code ${run.code}, but ${why}.`, run);
}

/** An error with the head and the tail of what was printed, fit to show. */
export function broken(code: ErrorCode, found: string, run: Pick<CheckerRun, 'stdout' | 'stderr'>): DoiError {
  const remedy =
    'Run the checker by hand in that checkout and see what it says; it is tried again by itself.';
  return new DoiError(code, describePrinted(found, run), remedy);
}

function keepTexts(findings: z.infer<typeof report>['findings']): Finding[] {
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The schema then says that it is not what was agreed.
    return undefined;
  }
}
