/** The version of the consistency checker: what it runs and how, so that a changed checker makes its verdicts stale. */
import { readFileSync, realpathSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { bytePath, digest16 } from '../../checkout/byte-path.js';
import { pathIdentity } from '../../checkout/path-identity.js';
import { DoiError } from '../../domain/errors.js';
import { fileVersion } from '../../domain/file-version.js';
import type { CheckerSettings } from '../../platform/config.js';
import { withFileErrors } from '../../platform/file-errors.js';
import {
  fileStat,
  findProgram,
  isThere,
  PLACEHOLDER,
  requireFixedName,
} from '../../platform/process/find-program.js';
import { installation } from '../../platform/process/installation.js';

/** A checker whose files exist. */
export interface ProbedChecker {
  readonly version: string;
  /** The files from which the version is made. */
  readonly files: readonly string[];
  /** The program's full path, not resolved further: some programs go by their name. */
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * Probes the checker. Every file that its argument vector names counts, whatever lies behind it.
 * @param searchPath the `PATH` that it will be started with
 * @throws {DoiError} `checker_missing` where the program, or an argument that is an absolute path, is not there;
 *   `bad_configuration` where the program itself holds a placeholder, which would let a repository name it
 */
export function probeChecker(checker: CheckerSettings, searchPath: string): ProbedChecker {
  return checker.kind === 'built-in' ? probeBuiltIn(checker.file) : probeCommand(checker, searchPath);
}

/** The path identity of its files: it differs from a later one if another checker stood in their place in between. */
export function checkerPathIdentity({ files }: ProbedChecker): string {
  const each = files.map((file) => withFileErrors(file, () => pathIdentity(bytePath(resolve(file)))));
  return each.join('\n');
}

// One file, built with the release: its digest is computed again only when the file was replaced.
let builtIn: { readonly seen: string; readonly version: string } | undefined;

function probeBuiltIn(file: string): ProbedChecker {
  const stat = fileStat(file);
  if (stat === undefined) {
    throw new DoiError('checker_missing', `The built-in checker is not at ${file}.`, installation.repair);
  }
  const seen = `${file}#${fileVersion(stat)}`;
  if (builtIn?.seen !== seen) {
    const digest = digest16(withFileErrors('The built-in checker', () => readFileSync(file)));
    builtIn = { seen, version: `built-in#${digest}` };
  }
  const args = [file, '{path}', '{slug}'];
  return { version: builtIn.version, files: [file], program: process.execPath, args };
}

function probeCommand(
  { argv, output }: Extract<CheckerSettings, { kind: 'command' }>,
  searchPath: string,
): ProbedChecker {
  const [name = '', ...args] = argv;
  requireFixedName(name, 'The checker');
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
  return { version: `command#${digest}`, files: files.map(([text = '']) => text), program, args };
}

function missing(found: string): DoiError {
  return new DoiError('checker_missing', found, 'Install it, or correct DOI_CONSISTENCY_COMMAND.');
}

function realFile(path: string): string {
  return withFileErrors(path, () => realpathSync.native(path));
}
