/** Shows verdicts as aligned lines, each with its remedy below. */
import type { Status, Verdict } from '../domain/verdict.js';
import { type Colour, type Paint, showText } from './terminal.js';

const SYMBOLS: Readonly<Record<Status, string>> = { pass: '✔', warn: '!', fail: '✖', skip: '–' };
const COLOURS: Readonly<Record<Status, Colour>> = {
  pass: 'green',
  warn: 'yellow',
  fail: 'red',
  skip: 'gray',
};

/** One line for each verdict: symbol, id, label, status, detail. The remedy stands below, indented to the detail. */
export function formatCriteria(verdicts: readonly Verdict[], paint: Paint): string[] {
  const width = Math.max(0, ...verdicts.map(({ label }) => showText(label).length));
  return verdicts.flatMap(({ id, label, status, detail, remedy }) => {
    const head = `${SYMBOLS[status]} ${id.padEnd(3)}  ${showText(label).padEnd(width)}  ${status}`;
    const line = `${paint(COLOURS[status], head)}  ${showText(detail)}`;
    if (remedy === null) return [line];
    return [line, `${' '.repeat(head.length + 2)}${paint('gray', `→ ${showText(remedy)}`)}`];
  });
}
