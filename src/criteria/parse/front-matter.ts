/** Finds YAML front matter. Only `---` alone on the first line opens it, so that `---js` is never anything else. */
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

/** Splits a text at the end of its front matter, which runs from `---` on line 1 to the next line `---`. */
export function splitFrontMatter(text: string): FrontMatter {
  const plain = endLinesAlike(text);
  const yamlAt = nextLine(plain, 0);
  if (!isFence(plain.slice(0, yamlAt))) return { found: false, reason: 'the first line is not `---`' };
  // Splits lines only up to its end: the body may be long, and its parser splits it.
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

/** The start of the line after the one at `start`; the end of the text if there is none. */
function nextLine(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end === -1 ? text.length : end + 1;
}

function isFence(line: string): boolean {
  return line.trimEnd() === '---';
}
