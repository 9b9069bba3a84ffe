/** The answer of a check as JSON: all of it, for programs. */
import { showJson } from '../../domain/shown-text.js';
import type { CheckAnswer } from '../check-answer.js';

export function formatJson(answer: CheckAnswer): string {
  return showJson(answer);
}
