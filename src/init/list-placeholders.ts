/** Lists the placeholders of a checkout, in the files that `doi init` writes. */
import { readWorkplans } from '../checker/built-in/read-workplans.js';
import type { BytePath } from '../checkout/byte-path.js';
import { safeReadText } from '../checkout/read-inside.js';
import {
  findPlaceholders,
  findYamlPlaceholders,
  PLACEHOLDER_MARK,
  parseFile,
} from '../criteria/parse/placeholders.js';
import { cleanText } from '../domain/text.js';
import type { NewFile } from './show-diff.js';

export interface FilePlaceholder {
  readonly file: string;
  readonly line: number;
  /** What belongs in its place. */
  readonly text: string;
}

const FILES = ['SCOPE.md', 'CLAUDE.md', '.claude/CLAUDE.md', 'tpsc.yaml'];
/** More than all files of the templates have together. */
const MAX_LISTED = 200;

export interface PlaceholderList {
  readonly listed: readonly FilePlaceholder[];
  /** How many there are besides. */
  readonly more: number;
}

/**
 * Lists them in the order of files and lines, {@link MAX_LISTED} at most.
 * @param realRoot the real path of the checkout's folder
 * @param planned files that are not written yet, which come last
 * @throws {DoiError} `file_unreadable`, `host_exhausted`
 */
export function listPlaceholders(realRoot: BytePath, planned: readonly NewFile[] = []): PlaceholderList {
  const texts = FILES.map((file) => ({ path: file, content: safeReadText(realRoot, file) }));
  const workplans = readWorkplans(realRoot);
  const there = [...texts, ...(workplans.state === 'present' ? workplans.files : [])];
  const all = there.flatMap(({ path, content }) =>
    content.state === 'present' ? [{ path, text: content.text }] : [],
  );
  const listed: FilePlaceholder[] = [];
  let total = 0;
  for (const { path, text } of [...all, ...planned]) {
    if (!text.includes(PLACEHOLDER_MARK)) continue;
    const limit = MAX_LISTED - listed.length;
    const { placeholders, count } = path.endsWith('.yaml')
      ? findYamlPlaceholders(text, limit)
      : findPlaceholders(parseFile(text), limit);
    listed.push(...placeholders.map((each) => ({ file: cleanText(path), ...each })));
    total += count;
  }
  return { listed, more: total - listed.length };
}
