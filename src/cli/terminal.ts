/** What commands share of a terminal: colours, width, ages, text that is safe to show, and questions to a person. */

import { createInterface } from 'node:readline';
import { isatty } from 'node:tty';
import { styleText } from 'node:util';
import { InvalidArgumentError } from 'commander';
import type { Output } from './context.js';

export { showJson, showText } from '../domain/shown-text.js';

export type Colour = 'green' | 'yellow' | 'red' | 'gray' | 'bold';
/** Colours a text, or leaves it unchanged. */
export type Paint = (colour: Colour, text: string) => string;

export const plain: Paint = (_, text) => text;

/** Colours for a terminal that can show them; none for pipes, or where `NO_COLOR` is set. */
export function makePaint(output: Output): Paint {
  if (output.isTTY !== true || output.hasColors?.() !== true) return plain;
  // The check of `styleText` itself is off: it would examine standard output instead of this one.
  const styled = styleText as (colour: Colour, text: string, options: { validateStream: boolean }) => string;
  return (colour, text) => styled(colour, text, { validateStream: false });
}

/** How something is shown on an output, and at what time. */
export interface View {
  readonly paint: Paint;
  readonly now: Date;
  /** The terminal's columns; undefined where the output is no terminal. */
  readonly width?: number | undefined;
}

export function viewOf(output: Output): View {
  return { paint: makePaint(output), now: new Date(), width: output.isTTY ? output.columns : undefined };
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** How long ago something was, such as `3 h`; `never` for null, `now` for less than a second and for the future. */
export function showAge(at: string | null, now: Date): string {
  if (at === null) return 'never';
  const age = now.getTime() - Date.parse(at);
  if (Number.isNaN(age)) return 'unknown';
  const unit = UNITS.find(([, ms]) => age >= ms);
  return unit === undefined ? 'now' : `${Math.floor(age / unit[1])} ${unit[0]}`;
}

/** A number of seconds from 0 to a day. @throws {InvalidArgumentError} */
export function parseSeconds(text: string): number {
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (seconds <= 86_400) return seconds;
  throw new InvalidArgumentError('It must be a number of seconds from 0 to 86400.');
}

/**
 * Asks the person at the terminal.
 * @returns what the person typed, empty after Ctrl-C or Ctrl-D; undefined where there is no terminal
 */
export function askOnTerminal(question: string): Promise<string | undefined> {
  if (!isatty(0) || !isatty(2)) return Promise.resolve(undefined);
  // On standard error, since a program may read standard output.
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    const leave = () => {
      process.stderr.write('\n');
      resolve('');
    };
    terminal.once('close', leave);
    terminal.question(question, (answer) => {
      terminal.off('close', leave);
      terminal.close();
      resolve(answer.trim());
    });
  });
}
