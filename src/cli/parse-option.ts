/** Parses option values. */
import { InvalidArgumentError } from 'commander';

/** A number of seconds from 0 to a day. @throws {InvalidArgumentError} */
export function parseSeconds(text: string): number {
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (seconds <= 86_400) return seconds;
  throw new InvalidArgumentError('It must be a number of seconds from 0 to 86400.');
}
