/** Loads the values of a checkout's inputs, those that are asked for and no others. */
import { isAbsolute } from 'node:path';
import type { TextFile, TextFileKey, TextFolder } from '../../domain/input.js';
import { expandHome } from '../../platform/expand-home.js';
import { type BytePath, bytePath } from '../probe/byte-path.js';
import { withFileErrors } from '../probe/file-errors.js';
import type { CheckoutTarget } from '../probe/probe-checkout.js';
import type { ContentKey } from '../probe/probe-input.js';
import { resolveRoot } from '../probe/resolve-root.js';
import { loadTextFile } from './load-text-file.js';
import { loadTextFolder } from './load-text-folder.js';
import { loadWorkplans, type Workplans } from './load-workplans.js';
import type { Loaded } from './settled-load.js';

/** What each key loads; without a checkout `workplans` has no value, since there is nothing to check. */
export type LoadedInputs = { readonly [K in TextFileKey]?: Loaded<TextFile> } & {
  readonly '.claude/rules'?: Loaded<TextFolder>;
  readonly workplans?: Loaded<Workplans | { readonly state: 'no-checkout' }>;
};

/**
 * Loads inputs of one checkout, with the versions that they are of.
 * @throws {DoiError} `file_unreadable` or `host_exhausted` for the first that broke
 */
export function loadInputs(target: Pick<CheckoutTarget, 'path'>, keys: readonly ContentKey[]): LoadedInputs {
  const root = target.path === undefined ? undefined : findFolder(expandHome(target.path));
  const load = (key: ContentKey) => {
    if (root === undefined) return { value: { state: 'no-checkout' }, version: 'absent' };
    if (key === 'workplans') return loadWorkplans(root);
    return key === '.claude/rules' ? loadTextFolder(root) : loadTextFile(root, key);
  };
  return Object.fromEntries(keys.map((key) => [key, load(key)])) as LoadedInputs;
}

/** The real path of a folder; undefined for what is none, or lies behind a link that is not followed. */
function findFolder(path: string): BytePath | undefined {
  if (!isAbsolute(path) || path.includes('\0')) return undefined;
  const root = withFileErrors('The checkout', () => resolveRoot(bytePath(path)));
  return root.state === 'found' && root.stat.isDirectory() ? root.path : undefined;
}
