/** Probes one input of a checkout: its version, cheap to read, and when it last changed. */

import type { BytePath } from '../../checkout/byte-path.js';
import { locate, statVersion } from '../../checkout/locate.js';
import { toMs, type WalkResult, walkFolder } from '../../checkout/walk.js';
import type { ErrorCode } from '../../domain/errors.js';
import { absentVersion } from '../../domain/file-version.js';
import type { ContentKey } from '../../domain/input.js';
import { withFileErrors } from '../../platform/file-errors.js';

/** A version, or why there is none, with the code of the error to throw where the input is needed. */
export type CheckoutVersion =
  | { readonly version: string }
  | { readonly notVerified: string; readonly code: ErrorCode };

export interface InputProbe {
  readonly version: string;
  /** Milliseconds since the epoch, with fractions; 0 where nothing is there. */
  readonly newestCtime: number;
}

/**
 * The version of one input as it is now.
 * @param realRoot the real path of the checkout's folder
 * @throws {DoiError} `file_unreadable` or `host_exhausted` where something broke
 */
export function probeInput(realRoot: BytePath, key: ContentKey): InputProbe {
  if (key === '.claude/rules') return walkRules(realRoot);
  if (key === 'workplans') return walkFolder(realRoot, key);
  return withFileErrors(key, () => probeFile(realRoot, key));
}

/** The Markdown files of `.claude/rules` and its sub-folders, without the hidden ones that editors and systems put there. */
export function walkRules(realRoot: BytePath): WalkResult {
  return walkFolder(realRoot, '.claude/rules', { only: isRule });
}

/** Whether a name in `.claude/rules` is that of a rule. */
export function isRule(name: BytePath): boolean {
  return name.endsWith('.md') && !name.startsWith('.');
}

/** Files that probably stand for one that is absent, where they lead to a regular file. The one that is there belongs to the version, since a verdict names it. */
export const INSTEAD: Readonly<Partial<Record<ContentKey, readonly string[]>>> = {
  'SCOPE.md': ['Scope.md', 'scope.md'],
  'CLAUDE.md': ['AGENTS.md', 'Claude.md', 'claude.md'],
  'tpsc.yaml': ['tpsc.yml', 'TPSC.yaml'],
};

/** Whether a name at the root leads to a regular file inside the checkout. */
export function leadsToFile(realRoot: BytePath, name: string): boolean {
  const at = locate(realRoot, name);
  return at.state === 'found' && at.stat.isFile();
}

function probeFile(realRoot: BytePath, key: Exclude<ContentKey, 'workplans' | '.claude/rules'>): InputProbe {
  const at = locate(realRoot, key);
  if (at.state === 'absent') {
    const instead = INSTEAD[key]?.find((name) => leadsToFile(realRoot, name));
    return { version: absentVersion(instead), newestCtime: 0 };
  }
  const newestCtime = toMs(at.ctimeNs);
  if (at.state !== 'found') return { version: at.version, newestCtime };
  return { version: at.prefix + statVersion(at.stat), newestCtime };
}
