/** How the checker ends when it could not check: 70 and above, so that no failure of its own reads as a verdict. */
import { writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { bytePath } from '../../checkout/byte-path.js';
import { type Root, resolveRoot } from '../../checkout/resolve-root.js';
import { oneLine } from '../../criteria/parse/text.js';
import { FOREIGN_LINK } from '../../domain/checkout-version.js';
import { DoiError } from '../../domain/errors.js';
import type { Finding } from '../../domain/input.js';
import { checkWorkplans } from './check-workplans.js';
import { exitCodeOf, found } from './finding.js';
import { readWorkplans } from './read-workplans.js';

export const EXIT = { unexpected: 70, usage: 71, unreadable: 72, output: 74 } as const;

/** Ends the process with a code of 70 and above, and the reason on standard error. */
export function die(code: (typeof EXIT)[keyof typeof EXIT], message: string): never {
  try {
    writeSync(2, `doi-checker: ${oneLine(message)}\n`);
  } catch {
    // Standard error is gone, so the exit code is all that is left to tell it by.
  }
  process.exit(code);
}

/** Ends the process because of an error that reached the top. */
export function dieOf(error: unknown): never {
  if (error instanceof DoiError) die(EXIT.unreadable, `${error.message} ${error.remedy}`);
  die(EXIT.unexpected, error instanceof Error ? (error.stack ?? error.message) : String(error));
}

/* The built-in consistency checker: `checker.cjs <checkout> <slug>` prints one JSON object and exits 0, 1 or 2. */

/** How often a checkout that moves is checked again. */
const ATTEMPTS = 5;

// Node ends with 1 after an uncaught error or an unhandled rejection, which would read as a FAIL.
process.on('uncaughtException', dieOf);
// Holds until the result is written: a process that ends early must not read as clean.
process.exitCode = EXIT.unexpected;

run(process.argv.slice(2));

function run(args: readonly string[]): void {
  const [checkout, slug] = args;
  if (args.length !== 2 || !checkout || !slug) die(EXIT.usage, 'Usage: checker.cjs <checkout folder> <slug>');
  const findings = checkSteadily(checkout);
  print(`${JSON.stringify({ repo: slug, findings })}\n`, exitCodeOf(findings));
}

/** Checks again while the checkout was moved or its root was changed meanwhile: what was read must be of one folder. */
function checkSteadily(checkout: string): Finding[] {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const before = findRoot(checkout);
    const findings = check(before.path);
    if (identify(findRoot(checkout)) === identify(before)) return findings;
  }
  return die(EXIT.unreadable, `${checkout} was changed or moved each time it was checked.`);
}

type FoundRoot = Extract<Root, { state: 'found' }>;

function findRoot(checkout: string): FoundRoot {
  const root = resolveRoot(bytePath(resolve(checkout)));
  if (root.state === 'found' && root.stat.isDirectory()) return root;
  if (root.state === 'foreign-link') die(EXIT.unreadable, `${checkout} ${FOREIGN_LINK}.`);
  return die(EXIT.unreadable, `There is no folder at ${checkout}: give the root of a checkout.`);
}

/** Which folder it is; renaming it changes its ctime, so that away and back is noticed too. */
function identify({ path, stat }: FoundRoot): string {
  return `${path}:${stat.dev}:${stat.ino}:${stat.ctimeNs}`;
}

/** @param checkout the real path of its root, each character one byte */
function check(checkout: string): Finding[] {
  const read = readWorkplans(checkout);
  if (read.state === 'rejected') return [found('C-02', 'FAIL', read.reason, { path: 'workplans' })];
  return checkWorkplans(read.state === 'absent' ? null : read.files);
}

/** Writes the result; only when all of it is out does the exit code become the verdict's. */
function print(text: string, code: 0 | 1 | 2): void {
  process.stdout.write(text, (error) => {
    if (error) die(EXIT.output, `The result could not be written: ${error.message}`);
    process.exitCode = code;
  });
}
