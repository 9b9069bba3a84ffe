/** The version of the consistency checker: what it runs and how, so that a changed checker makes its verdicts stale. */
import { accessSync, type BigIntStats, constants, readFileSync, realpathSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { DoiError } from '../../domain/errors.js';
import { fileVersion } from '../../domain/file-version.js';
import type { ProbedVersion } from '../../domain/freshness.js';
import type { CheckerSettings } from '../../platform/config.js';
import { digest16 } from './byte-path.js';
import { isGone, withFileErrors } from './file-errors.js';

/** A checker that is there. */
export interface ProbedChecker {
  readonly version: string;
  /** The program's full path, not resolved further: some programs go by their name. */
  readonly program: string;
  readonly args: readonly string[];
}

const PLACEHOLDER = /\{(?:path|slug)\}/;

/**
 * Looks at the checker. Every file that its argument vector names counts, whatever lies behind it.
 * @param searchPath the `PATH` that it will be started with
 * @throws {DoiError} `checker_missing` where the program, or an argument that is an absolute path, is not there;
 *   `bad_configuration` where the program itself holds a placeholder, which would let a repository name it
 */
export function probeChecker(checker: CheckerSettings, searchPath: string): ProbedChecker {
  return checker.kind === 'built-in' ? probeBuiltIn(checker.file) : probeCommand(checker, searchPath);
}

/** The same as a version, which says why where there is none. */
export function probeCheckerVersion(checker: CheckerSettings, searchPath: string): ProbedVersion {
  try {
    return { version: probeChecker(checker, searchPath).version };
  } catch (error) {
    if (error instanceof DoiError) return { notVerified: error.message };
    throw error;
  }
}

// One file, built with the release: its digest is taken again only when it was replaced.
let builtIn: { readonly seen: string; readonly version: string } | undefined;

function probeBuiltIn(file: string): ProbedChecker {
  const stat = fileStat(file);
  if (stat === undefined) {
    throw new DoiError('checker_missing', `The built-in checker is not at ${file}.`, 'Run "npm ci" again.');
  }
  const seen = `${file}#${fileVersion(stat)}`;
  if (builtIn?.seen !== seen) {
    const digest = digest16(withFileErrors('The built-in checker', () => readFileSync(file)));
    builtIn = { seen, version: `built-in#${digest}` };
  }
  return { version: builtIn.version, program: process.execPath, args: [file, '{path}', '{slug}'] };
}

function probeCommand(
  { argv, output }: Extract<CheckerSettings, { kind: 'command' }>,
  searchPath: string,
): ProbedChecker {
  const [name = '', ...args] = argv;
  if (PLACEHOLDER.test(name)) {
    const remedy = 'Name the program itself; {path} and {slug} may stand in its arguments.';
    throw new DoiError(
      'bad_configuration',
      `The checker's program is ${name}, which a repository decides.`,
      remedy,
    );
  }
  const program = findProgram(name, searchPath);
  if (program === undefined) throw missing(`The checker's program ${name} is not there.`);
  const files = [program, ...args.filter((text) => !PLACEHOLDER.test(text))].flatMap((text) => {
    const path = resolve(text);
    const stat = fileStat(path);
    if (stat !== undefined) return [[text, realFile(path), fileVersion(stat)]];
    if (isAbsolute(text) && !isThere(text)) throw missing(`The checker's argument ${text} is not there.`);
    return [];
  });
  const digest = digest16(JSON.stringify({ argv, output, files }));
  return { version: `command#${digest}`, program, args };
}

function missing(found: string): DoiError {
  return new DoiError('checker_missing', found, 'Install it, or correct DOI_CONSISTENCY_COMMAND.');
}

/** The first executable file of that name, as a shell would find it. */
function findProgram(name: string, searchPath: string): string | undefined {
  const places = name.includes('/')
    ? [resolve(name)]
    : searchPath.split(delimiter).flatMap((folder) => (isAbsolute(folder) ? [join(folder, name)] : []));
  return places.find((path) => fileStat(path) !== undefined && isExecutable(path));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Whatever the reason is, it cannot be started.
    return false;
  }
}

function fileStat(path: string): BigIntStats | undefined {
  const stat = statOf(path);
  return stat?.isFile() ? stat : undefined;
}

function isThere(path: string): boolean {
  return statOf(path) !== undefined;
}

function statOf(path: string): BigIntStats | undefined {
  try {
    // An option such as --name may hold anything; NUL is refused by every call.
    return path.includes('\0') ? undefined : statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (isGone(error)) return undefined;
    return withFileErrors(path, () => {
      throw error;
    });
  }
}

function realFile(path: string): string {
  return withFileErrors(path, () => realpathSync.native(path));
}
