/** Lists the placeholders of a checkout, in the files that `doi init` writes. */
import { readWorkplans } from '../checker/built-in/read-workplans.js';
import type { BytePath } from '../checkout/byte-path.js';
import { safeReadText } from '../checkout/read-inside.js';
import { withoutPlaceholders } from '../criteria/parse/placeholders.js';
import { cleanText } from '../domain/text.js';

export interface FilePlaceholder {
  readonly file: string;
  readonly line: number;
  /** What belongs in its place. */
  readonly text: string;
}

const FILES = ['SCOPE.md', 'CLAUDE.md', '.claude/CLAUDE.md', 'tpsc.yaml'];
/** More than all files of the templates have together. */
const MAX_LISTED = 200;

/**
 * Lists them in the order of files and lines, {@link MAX_LISTED} at most.
 * @param realRoot the real path of the checkout's folder
 * @throws {DoiError} `file_unreadable`, `host_exhausted`
 */
export function listPlaceholders(realRoot: BytePath): FilePlaceholder[] {
  const texts = FILES.map((file) => ({ path: file, content: safeReadText(realRoot, file) }));
  const workplans = readWorkplans(realRoot);
  const all = [...texts, ...(workplans.state === 'present' ? workplans.files : [])];
  return all
    .flatMap(({ path, content }) => (content.state === 'present' ? findIn({ path, text: content.text }) : []))
    .slice(0, MAX_LISTED);
}

/** The placeholders of one file. */
export function findIn({ path, text }: { readonly path: string; readonly text: string }): FilePlaceholder[] {
  return withoutPlaceholders(text).placeholders.map((each) => ({ file: cleanText(path), ...each }));
}
