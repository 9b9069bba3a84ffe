/** How the checker ends when it could not check: 70 and above, so that no failure of its own reads as a verdict. */
import { writeSync } from 'node:fs';
import { oneLine } from '../criteria/parse/quote.js';
import { DoiError } from '../domain/errors.js';

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
