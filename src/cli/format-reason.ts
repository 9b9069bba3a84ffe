/** Shows as text why something is not known or failed, with what to do on the line below. */
import { type Paint, showText } from './terminal.js';

export function formatReason({ text, remedy }: { text: string; remedy: string }, paint: Paint): string[] {
  return [`  ${showText(text, 1000)}`, `    ${paint('gray', `→ ${showText(remedy, 1000)}`)}`];
}
