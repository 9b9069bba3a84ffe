/** Probes one input of a checkout: its version, cheap to read, and when it last changed. */
import type { CheckoutKey } from '../../domain/input.js';
import type { BytePath } from './byte-path.js';
import { withFileErrors } from './file-errors.js';
import { locate, statVersion } from './locate.js';
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
 * @param realRoot the real path of the checkout's folder
 * @throws {DoiError} `file_unreadable` or `host_exhausted` where something broke
 */
export function probeInput(realRoot: BytePath, key: ContentKey): InputProbe {
  if (key === '.claude/rules') return walkRules(realRoot);
  if (key === 'workplans') return walkFolder(realRoot, key);
  return withFileErrors(key, () => probeFile(realRoot, key));
}

/** The Markdown files of `.claude/rules` and its sub-folders. */
export function walkRules(realRoot: BytePath): WalkResult {
  return walkFolder(realRoot, '.claude/rules', { only: (name) => name.endsWith('.md') });
}

function probeFile(realRoot: BytePath, path: BytePath): InputProbe {
  const at = locate(realRoot, path);
  if (at.state === 'absent') return { version: 'absent', newestCtime: 0 };
  const newestCtime = toMs(at.ctimeNs);
  if (at.state !== 'found') return { version: at.version, newestCtime };
  return { version: at.prefix + statVersion(at.stat), newestCtime };
}
