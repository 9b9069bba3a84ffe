/** Colours for terminals. */

import { createInterface } from 'node:readline';
import { isatty } from 'node:tty';
import { styleText } from 'node:util';
import { InvalidArgumentError } from 'commander';
import { cleanText } from '../domain/text.js';
import type { Status } from '../domain/verdict.js';
import type { Output } from './context.js';

export type Colour = 'green' | 'yellow' | 'red' | 'gray' | 'bold';
/** Colours a text, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string;

export const plain: Paint = (_, text) => text;

/** Colours on a terminal that takes them; `NO_COLOR` and pipes get none. */
export function makePaint(output: Output): Paint {
  if (output.isTTY !== true || output.hasColors?.() !== true) return plain;
  // Whether to colour was decided above, for this output.
  const styled = styleText as (colour: Colour, text: string, options: { validateStream: boolean }) => string;
  return (colour, text) => styled(colour, text, { validateStream: false });
}

/** How a status is shown where there is room for one character only. */
export const SYMBOLS: Readonly<Record<Status, string>> = { pass: '✔', warn: '!', fail: '✖', skip: '–' };

export const STATUS_COLOURS: Readonly<Record<Status, Colour>> = {
  pass: 'green',
  warn: 'yellow',
  fail: 'red',
  skip: 'gray',
};

/* Shows how long ago something was. */

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** An age in its largest unit, such as `3 h`; `never` for null, `now` for less than a second and for the future. */
export function showAge(at: string | null, now: Date): string {
  if (at === null) return 'never';
  const age = now.getTime() - Date.parse(at);
  if (Number.isNaN(age)) return 'unknown';
  const unit = UNITS.find(([, ms]) => age >= ms);
  return unit === undefined ? 'now' : `${Math.floor(age / unit[1])} ${unit[0]}`;
}

/* Makes text from outside fit for a terminal. */

/** Clean text on one line: no control character, and so no escape sequence, is left. */
export function showText(text: string, maxLength?: number): string {
  return cleanText(text, maxLength).replace(/[\n\t\u2028\u2029]/g, ' ');
}

// What JSON leaves as it is although terminals act on it, or readers are misled by it.
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** JSON for people and programs: indented, and escaped wherever a terminal would act on a character. */
export function showJson(value: unknown): string {
  const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `${JSON.stringify(value, null, 2).replace(UNSAFE, escaped)}\n`;
}

/* Parses option values. */

/** A number of seconds from 0 to a day. @throws {InvalidArgumentError} */
export function parseSeconds(text: string): number {
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (seconds <= 86_400) return seconds;
  throw new InvalidArgumentError('It must be a number of seconds from 0 to 86400.');
}

/* Asks the person at the terminal. */

/** @returns what was typed, empty where the person left by Ctrl-C or Ctrl-D; undefined where there is no terminal to ask at */
export function askOnTerminal(question: string): Promise<string | undefined> {
  if (!isatty(0) || !isatty(2)) return Promise.resolve(undefined);
  // Standard output may be read by a program.
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
