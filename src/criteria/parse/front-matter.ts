/** Splits a text at its YAML front matter. Only `---` alone on the first line opens one, so that `---js` never does. */
import { endLinesAlike } from './text.js';

export type FrontMatter =
  | {
      readonly found: true;
      readonly yaml: string;
      /** The number of the YAML's first line. */
      readonly yamlLine: number;
      readonly body: string;
      /** The number of the body's first line. */
      readonly bodyLine: number;
    }
  | { readonly found: false; readonly reason: string };

/** Splits a text at its front matter, which runs from `---` on line 1 to the next line that is `---`. */
export function splitFrontMatter(text: string): FrontMatter {
  const plain = endLinesAlike(text);
  const yamlAt = nextLine(plain, 0);
  if (!isFence(plain.slice(0, yamlAt))) return { found: false, reason: 'the first line is not `---`' };
  // The search stops at the end of the front matter: the rest may be long, and callers that need its lines split it.
  for (let at = yamlAt, number = 2; at < plain.length; number += 1) {
    const next = nextLine(plain, at);
    if (isFence(plain.slice(at, next))) {
      const yaml = plain.slice(yamlAt, Math.max(yamlAt, at - 1));
      return { found: true, yaml, yamlLine: 2, body: plain.slice(next), bodyLine: number + 1 };
    }
    at = next;
  }
  return { found: false, reason: 'no second `---` line ends the front matter' };
}

/** The index at which the line after the one at `start` begins; the end of the text where there is none. */
function nextLine(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end === -1 ? text.length : end + 1;
}

function isFence(line: string): boolean {
  return line.trimEnd() === '---';
}
