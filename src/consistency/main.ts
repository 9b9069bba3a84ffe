/** The built-in consistency checker: `checker.cjs <checkout> <slug>` prints one JSON object and exits 0, 1 or 2. */
import { statSync } from 'node:fs';
import type { Finding } from '../domain/input.js';
import { checkWorkplans } from './check-workplans.js';
import { die, dieOf, EXIT } from './exit.js';
import { exitCodeOf, found } from './finding.js';
import { readWorkplans } from './read-workplans.js';

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
    const before = identify(checkout);
    const findings = check(checkout);
    if (identify(checkout) === before) return findings;
  }
  return die(EXIT.unreadable, `${checkout} was changed or moved each time it was checked.`);
}

/** Which folder it is; renaming it changes its ctime, so that away and back is noticed too. */
function identify(checkout: string): string {
  const stat = statSync(checkout, { bigint: true, throwIfNoEntry: false });
  if (stat?.isDirectory()) return `${stat.dev}:${stat.ino}:${stat.ctimeNs}`;
  return die(EXIT.unreadable, `There is no folder at ${checkout}: give the root of a checkout.`);
}

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
