/** Loads the Markdown files of `.claude/rules`, with the version of what was read. */
import type { TextFolder } from '../../domain/input.js';
import type { BytePath } from '../probe/byte-path.js';
import { walkRules } from '../probe/probe-input.js';
import type { WalkEntry, WalkResult } from '../probe/walk.js';
import { safeReadText } from './safe-read.js';
import { type Loaded, loadSettled } from './settled-load.js';

interface FolderRead {
  readonly value: TextFolder;
  readonly agrees: boolean;
}

/**
 * An unsafe file is left out, with the reason, which names it.
 * @param root the real path of the checkout's folder, which is there
 * @throws {DoiError} `file_unreadable` or `host_exhausted` where something broke
 */
export function loadTextFolder(root: BytePath): Loaded<TextFolder> {
  return loadSettled(
    () => walkRules(root),
    (walked) => readFolder(root, walked),
  );
}

function readFolder(root: BytePath, walked: WalkResult): FolderRead {
  if (walked.state === 'absent') return { value: { state: 'absent' }, agrees: true };
  if (walked.state === 'rejected') {
    return { value: { state: 'rejected', reason: walked.reason }, agrees: true };
  }
  const files: { name: string; text: string }[] = [];
  const refused: string[] = [];
  for (const entry of walked.entries.filter(({ kind }) => kind !== 'folder')) {
    const read = safeReadText(root, pathOf(entry));
    // It was there a moment ago: read the whole folder again.
    if (read.state === 'absent') return { value: { state: 'absent' }, agrees: false };
    if (read.state === 'rejected') {
      refused.push(read.reason);
      continue;
    }
    if (read.version !== walked.prefix + entry.version) return { value: { state: 'absent' }, agrees: false };
    files.push({ name: entry.path, text: read.text });
  }
  return { value: { state: 'present', files, refused }, agrees: true };
}

function pathOf(entry: WalkEntry): Buffer {
  return Buffer.concat([Buffer.from('.claude/rules/'), entry.bytes]);
}
