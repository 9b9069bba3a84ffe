/** Loads the values of a checkout's inputs, each with the version that it is of. */

import { createHash, type Hash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { type BytePath, bytePath } from '../../checkout/byte-path.js';
import { readInside, safeReadText } from '../../checkout/read-inside.js';
import { resolveRoot } from '../../checkout/resolve-root.js';
import { WALK_LIMITS, type WalkEntry, type WalkResult, walkFolder } from '../../checkout/walk.js';
import { readAbsent } from '../../domain/file-version.js';
import { UNSTABLE } from '../../domain/fingerprint.js';
import type { ContentKey, TextFile, TextFileKey, TextFolder } from '../../domain/input.js';
import { withFileErrors } from '../../platform/file-errors.js';
import { expandHome } from '../../platform/settings/setting-forms.js';
import type { CheckoutTarget } from '../probe/probe-checkout.js';
import { type InputProbe, probeInput, walkRules } from '../probe/probe-input.js';

/** A value and the version of what it was loaded from. */
export interface Loaded<V> {
  readonly value: V;
  readonly version: string;
}

/** What each key loads; without a checkout `workplans` has no value, since there is nothing to check. */
export type LoadedInputs = { readonly [K in TextFileKey]?: Loaded<TextFile> } & {
  readonly '.claude/rules'?: Loaded<TextFolder>;
  readonly workplans?: Loaded<Workplans | { readonly state: 'no-checkout' }>;
};

/**
 * Loads the inputs `keys` of one checkout, and no others.
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

/** The real path of a folder; undefined where the path is none, or lies behind a link that is not followed. */
function findFolder(path: string): BytePath | undefined {
  if (!isAbsolute(path) || path.includes('\0')) return undefined;
  const root = withFileErrors('The checkout', () => resolveRoot(bytePath(path)));
  return root.state === 'found' && root.stat.isDirectory() ? root.path : undefined;
}

/**
 * Loads one of a checkout's texts.
 * @param root the real path of the checkout's folder, which is there
 * @throws {DoiError} `file_unreadable` or `host_exhausted` where something broke
 */
export function loadTextFile(root: BytePath, key: TextFileKey): Loaded<TextFile> {
  return loadStable<TextFile, InputProbe>(
    () => probeInput(root, key),
    (probed) => {
      const read = safeReadText(root, key);
      if (read.state === 'present') {
        return { value: { state: read.state, text: read.text }, agrees: read.version === probed.version };
      }
      const absent = readAbsent(probed.version);
      const agrees = (read.state === 'absent') === (absent !== undefined);
      return { value: read.state === 'absent' ? { ...read, ...absent } : read, agrees };
    },
  );
}

interface FolderRead {
  readonly value: TextFolder;
  readonly agrees: boolean;
}

/**
 * Loads the Markdown files of `.claude/rules`. An unsafe file is left out; the reason, which names it, is returned.
 * @param root the real path of the checkout's folder, which is there
 * @throws {DoiError} `file_unreadable` or `host_exhausted` where something broke
 */
export function loadTextFolder(root: BytePath): Loaded<TextFolder> {
  return loadStable(
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
    // The file existed during the walk and is gone: the whole folder is read again.
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

/** `digest`: of all names and contents. `rejected`: why the folder is not to be checked. */
export type Workplans = { readonly digest: string } | { readonly rejected: string };

/**
 * Digests the contents of `workplans`, so that the checker's result can be kept where only times have changed. Anything
 * but a readable file counts by its kind.
 * @param root the real path of the checkout's folder, which is there
 * @throws {DoiError} `file_unreadable` or `host_exhausted` where something broke
 */
export function loadWorkplans(root: BytePath): Loaded<Workplans> {
  return loadStable<Workplans, InputProbe>(
    () => probeInput(root, 'workplans'),
    (probed) => {
      const walked = walkFolder(root, 'workplans');
      const agrees = walked.version === probed.version;
      if (walked.state === 'absent') return { value: { digest: 'absent' }, agrees };
      if (walked.state === 'rejected') return { value: { rejected: walked.reason }, agrees };
      const hash = createHash('sha256');
      const same = walked.entries.map((entry) => addEntry(hash, { root, prefix: walked.prefix }, entry));
      return { value: { digest: hash.digest('hex') }, agrees: agrees && same.every(Boolean) };
    },
  );
}

/** @returns whether the file that was read is the one that the walk found */
function addEntry(
  hash: Hash,
  { root, prefix }: { readonly root: BytePath; readonly prefix: string },
  entry: WalkEntry,
): boolean {
  // Every part is preceded by its length or ended by NUL, so that no two folders give the same bytes.
  hash.update(entry.bytes).update(`\0${entry.kind}:${entry.target}\0`);
  if (entry.target !== 'file') return true;
  const path = `workplans/${entry.bytes.toString('latin1')}`;
  const read = readInside(root, { path, maxBytes: WALK_LIMITS.bytes });
  if (read.state !== 'present') {
    hash.update(`${read.state}\0`);
    return false;
  }
  hash.update(`${read.bytes.length}\0`).update(read.bytes);
  return read.version === prefix + entry.version;
}

const ATTEMPTS = 5;
/** After so many milliseconds no attempt begins but the first, because other repositories wait. */
const ATTEMPT_WITHIN_MS = 1000;

/**
 * Probes, reads, and probes again until nothing changed meanwhile, at most five times and not after the first second. If it
 * still changes then, the version ends with the mark of an unstable one. No probe produces that mark, so what rests on it
 * reads stale.
 * @param probe the input's version now
 * @param read the value, and whether all that it read had the version `probed`
 */
export function loadStable<V, P extends { readonly version: string }>(
  probe: () => P,
  read: (probed: P) => { readonly value: V; readonly agrees: boolean },
): Loaded<V> {
  const began = performance.now();
  for (let left = ATTEMPTS; ; left -= 1) {
    const probed = probe();
    const { value, agrees } = read(probed);
    const isStable = agrees && probe().version === probed.version;
    if (isStable || left <= 1 || performance.now() - began > ATTEMPT_WITHIN_MS)
      return { value, version: isStable ? probed.version : probed.version + UNSTABLE };
  }
}
