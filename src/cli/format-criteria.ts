/** Shows verdicts as aligned lines, with what to do under each that needs it. */
import type { Verdict } from '../domain/verdict.js';
import { type Paint, STATUS_COLOURS, SYMBOLS, showText } from './terminal.js';

/** One line a verdict: symbol, id, label, status, detail; a remedy below, indented to the detail. */
export function formatCriteria(verdicts: readonly Verdict[], paint: Paint): string[] {
  const width = Math.max(0, ...verdicts.map(({ label }) => label.length));
  return verdicts.flatMap(({ id, label, status, detail, remedy }) => {
    const head = `${SYMBOLS[status]} ${id.padEnd(3)}  ${label.padEnd(width)}  ${status}`;
    const line = `${paint(STATUS_COLOURS[status], head)}  ${showText(detail)}`;
    if (remedy === null) return [line];
    return [line, `${' '.repeat(head.length + 2)}${paint('gray', `→ ${showText(remedy)}`)}`];
  });
}
