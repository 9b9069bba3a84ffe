/** Finds YAML front matter. Only `---` alone on the first line opens it, so that `---js` is never anything else. */
import { splitLines } from './markdown.js';

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
  const lines = splitLines(text);
  if (!isFence(lines[0])) return { found: false, reason: 'the first line is not `---`' };
  const end = lines.findIndex((line, index) => index > 0 && isFence(line));
  if (end === -1) return { found: false, reason: 'no second `---` line ends the front matter' };
  return {
    found: true,
    yaml: lines.slice(1, end).join('\n'),
    yamlLine: 2,
    body: lines.slice(end + 1).join('\n'),
    bodyLine: end + 2,
  };
}

function isFence(line: string | undefined): boolean {
  return line?.trimEnd() === '---';
}
