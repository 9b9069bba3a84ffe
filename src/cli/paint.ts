/** Colours for terminals. */
import { styleText } from 'node:util';
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
