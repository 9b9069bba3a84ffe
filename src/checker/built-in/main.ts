/** The built-in checker's program: `checker.cjs <checkout> <slug>` prints one JSON object and exits with 0, 1 or 2. */
import { writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { bytePath } from '../../checkout/byte-path.js';
import { type Root, resolveRoot } from '../../checkout/resolve-root.js';
import { safeReadText } from '../../checkout/safe-read.js';
import { type WalkEntry, walkFolder } from '../../checkout/walk.js';
import { oneLine } from '../../criteria/parse/text.js';
import { FOREIGN_LINK } from '../../domain/checkout-version.js';
import { DoiError } from '../../domain/errors.js';
import type { Finding } from '../../domain/input.js';
import { checkWorkplans } from './check-workplans.js';
import { exitCodeOf, found } from './finding.js';
import type { WorkplanFile } from './workplan.js';
import { isWorkplanPath } from './workplan-name.js';

export const EXIT = { unexpected: 70, usage: 71, unreadable: 72, output: 74 } as const;

/** Ends the process with a code of 70 or above, so that no failure reads as a verdict, and the reason on standard error. */
export function die(code: (typeof EXIT)[keyof typeof EXIT], message: string): never {
  try {
    writeSync(2, `doi-checker: ${oneLine(message)}\n`);
  } catch {
    // Standard error is gone, so only the exit code remains.
  }
  process.exit(code);
}

/** Ends the process because of an uncaught error. */
export function dieOf(error: unknown): never {
  if (error instanceof DoiError) die(EXIT.unreadable, `${error.message} ${error.remedy}`);
  die(EXIT.unexpected, error instanceof Error ? (error.stack ?? error.message) : String(error));
}

const FOLDER = 'workplans';

export type WorkplansRead =
  | { readonly state: 'present'; readonly files: readonly WorkplanFile[] }
  | { readonly state: 'absent' }
  | { readonly state: 'rejected'; readonly reason: string };

/**
 * Reads what may be a workplan, by the safe walk and the safe read: Markdown in `workplans/` and `workplans/archived/`. A
 * folder of such a name is refused.
 * @param checkout the real path of the checkout's root, each character one byte
 * @throws {DoiError} `file_unreadable` or `host_exhausted` if something broke
 */
export function readWorkplans(checkout: string): WorkplansRead {
  // Without a filter, so that the walk is refused for the same folders as the probe of `workplans`.
  const walk = walkFolder(checkout, FOLDER);
  if (walk.state !== 'present') return walk;
  return { state: 'present', files: walk.entries.flatMap((entry) => readEntry(checkout, entry)) };
}

function readEntry(checkout: string, entry: WalkEntry): WorkplanFile[] {
  const path = `${FOLDER}/${entry.path}`;
  if (!isWorkplanPath(path)) return [];
  const content = safeReadText(checkout, Buffer.concat([Buffer.from(`${FOLDER}/`), entry.bytes]));
  // Removed since the walk. The caller probes the folder again, and finds the change.
  return content.state === 'absent' ? [] : [{ path, content }];
}

/** How many times a checkout is checked that changes meanwhile. */
const ATTEMPTS = 5;

// Node ends with 1 after an uncaught error or an unhandled rejection, which would read as a FAIL.
process.on('uncaughtException', dieOf);
// The exit code until the result is written, because a process that ends early must not read as clean.
process.exitCode = EXIT.unexpected;

run(process.argv.slice(2));

function run(args: readonly string[]): void {
  const [checkout, slug] = args;
  if (args.length !== 2 || !checkout || !slug) die(EXIT.usage, 'Usage: checker.cjs <checkout folder> <slug>');
  const findings = checkSteadily(checkout);
  print(`${JSON.stringify({ repo: slug, findings })}\n`, exitCodeOf(findings));
}

/** Checks again if the checkout was moved or its root changed meanwhile: all files must be of one folder. */
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

/** The identity of the folder. Renaming changes its ctime, so a move away and back is noticed too. */
function identify({ path, stat }: FoundRoot): string {
  return `${path}:${stat.dev}:${stat.ino}:${stat.ctimeNs}`;
}

/** @param checkout the real path of its root, each character one byte */
function check(checkout: string): Finding[] {
  const read = readWorkplans(checkout);
  if (read.state === 'rejected') return [found('C-02', 'FAIL', read.reason, { path: 'workplans' })];
  return checkWorkplans(read.state === 'absent' ? null : read.files);
}

/** Writes the result. Only after all of it is written, the exit code becomes that of the findings. */
function print(text: string, code: 0 | 1 | 2): void {
  process.stdout.write(text, (error) => {
    if (error) die(EXIT.output, `The result could not be written: ${error.message}`);
    process.exitCode = code;
  });
}
