/** Probes one input of a checkout: its version, cheap to read, and when it last changed. */

import { absentVersion } from '../../domain/file-version.js';
import type { CheckoutKey } from '../../domain/input.js';
import { type BytePath, bytePath, joinPath } from './byte-path.js';
import { withFileErrors } from './file-errors.js';
import { locate, realPath, statVersion } from './locate.js';
import { look } from './look.js';
import { toMs, type WalkResult, walkFolder } from './walk.js';

/** The inputs that lie in a checkout. */
export type ContentKey = Exclude<CheckoutKey, 'checkout'>;

export interface InputProbe {
  readonly version: string;
  /** Milliseconds since the epoch, with fractions; 0 where nothing is there. */
  readonly newestCtime: number;
}

/**
 * The version of one input as it is now.
 * @param root the checkout's folder
 * @param realRoot its real path, where it is known
 * @throws {DoiError} `file_unreadable` or `host_exhausted` where something broke
 */
export function probeInput(root: string, key: ContentKey, realRoot?: BytePath): InputProbe {
  const known = realRoot === undefined ? {} : { realRoot };
  if (key === '.claude/rules') return walkRules(root, known);
  if (key === 'workplans') return walkFolder(root, key, known);
  return withFileErrors(key, () => probeFile(realRoot ?? realPath(bytePath(root)), key));
}

/** The Markdown files of `.claude/rules` and its sub-folders, less those that editors and systems put beside them. */
export function walkRules(root: string, known: { readonly realRoot?: BytePath } = {}): WalkResult {
  const only = (name: BytePath) => name.endsWith('.md') && !name.startsWith('.');
  return walkFolder(root, '.claude/rules', { ...known, only });
}

/** Files that are probably meant for one that is absent. Which of them is there belongs to the version: a verdict names it. */
const INSTEAD: Readonly<Partial<Record<ContentKey, readonly string[]>>> = {
  'SCOPE.md': ['Scope.md', 'scope.md'],
  'CLAUDE.md': ['AGENTS.md', 'Claude.md', 'claude.md'],
  'tpsc.yaml': ['tpsc.yml', 'TPSC.yaml'],
};

function probeFile(
  realRoot: BytePath | undefined,
  key: Exclude<ContentKey, 'workplans' | '.claude/rules'>,
): InputProbe {
  const at = realRoot === undefined ? undefined : locate(realRoot, key);
  if (realRoot === undefined || at === undefined || at.state === 'absent') {
    const instead = realRoot && INSTEAD[key]?.find((name) => look(joinPath(realRoot, name)) !== undefined);
    return { version: absentVersion(instead), newestCtime: 0 };
  }
  const newestCtime = toMs(at.ctimeNs);
  if (at.state !== 'found') return { version: at.version, newestCtime };
  return { version: at.prefix + statVersion(at.stat), newestCtime };
}

/** Whether a path is a folder, or a link to one. */
export function isFolder(path: string): boolean {
  return withFileErrors('The checkout', () => {
    const real = realPath(bytePath(path));
    return real !== undefined && look(real)?.isDirectory() === true;
  });
}
