/** Shows what `doi doctor` found: a line for each check, and below it the remedy. */
import type { CheckState, Examined, StateCounts } from '../doctor/check.js';
import { count } from '../domain/text.js';
import { type Colour, type Paint, showText, type View } from './terminal.js';

const COLOURS: Readonly<Record<CheckState, Colour>> = { ok: 'green', warning: 'yellow', problem: 'red' };
const LONGEST = 2000;
const NARROWEST = 60;
const WIDEST = 120;
/** Where the output is no terminal. */
const USUAL = 100;
const STATE_WIDTH = 'problem'.length;

/** The heading of a group and its checks, each wrapped below its own beginning. */
export function formatGroup(
  { name, checks }: Examined,
  { paint, width = USUAL }: Pick<View, 'paint' | 'width'>,
): string {
  const names = Math.max(...checks.map((check) => check.name.length));
  const indent = 2 + STATE_WIDTH + 2 + names + 2;
  const room = Math.min(Math.max(width, NARROWEST), WIDEST) - indent;
  const lines = checks.flatMap(({ name: what, state, found, remedy }) => {
    const begin = `  ${paint(COLOURS[state], state.padEnd(STATE_WIDTH))}  ${what.padEnd(names)}  `;
    const [first = '', ...rest] = wrap(showText(found, LONGEST), room);
    const advice = remedy === null ? [] : wrap(showText(remedy, LONGEST), room - 2);
    return [
      `${begin}${first}`,
      ...rest.map((line) => `${' '.repeat(indent)}${line}`),
      ...advice.map((line, index) => `${' '.repeat(indent)}${index === 0 ? '→' : ' '} ${line}`),
    ];
  });
  return `${[paint('bold', name), ...lines].map((line) => line.trimEnd()).join('\n')}\n`;
}

/** The last line: how many checks there are of each state. */
export function formatCounts({ ok, warning, problem }: StateCounts, paint: Paint): string {
  const part = (number: number, state: CheckState) => {
    const text = count(number, state);
    return number === 0 ? text : paint(COLOURS[state], text);
  };
  return `${paint('green', `${ok} ok`)}, ${part(warning, 'warning')}, ${part(problem, 'problem')}\n`;
}

/** Breaks a text at spaces; a word that is wider than a line stays whole, so that it can be copied. */
function wrap(text: string, room: number): string[] {
  const lines: string[] = [];
  for (const word of text.trim().split(/ +/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= room)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
