/** Reads which branch and commit a checkout is at, from git's files: git itself is never run inside a checkout. */
import { readlinkSync } from 'node:fs';
import { DoiError } from '../../domain/errors.js';
import type { PushedCommit } from '../../domain/push.js';
import { type BytePath, bytePath } from './byte-path.js';
import { withFileErrors } from './file-errors.js';
import type { GitFolders } from './git-config.js';
import { findGit } from './git-folders.js';
import { isBehind } from './is-behind.js';
import { DESCRIPTORS, openInside } from './open-inside.js';
import { readInside } from './read-inside.js';

/** Null for what is not known: no git, a detached head (no branch), an unborn branch (no commit), an unknown form. */
export interface HeadState {
  readonly branch: string | null;
  readonly commit: string | null;
  /** Whether what was pushed is not checked out here; null where that is not known, and where nothing was pushed. */
  readonly behind: boolean | null;
}

export const UNKNOWN_HEAD: HeadState = { branch: null, commit: null, behind: null };
const SMALL = 4 * 1024;
// Some 15,000 references; with more, the commit of a packed branch is not known.
const PACKED = 1024 * 1024;
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
// What git allows in a branch's name, and a little less: no empty parts, none that starts with a dot.
const BRANCH =
  /^ref: (refs\/heads\/((?!\.)[^\s\u0000-\u001f\u007f~^:?*[\\/]+(?:\/(?!\.)[^\s\u0000-\u001f\u007f~^:?*[\\/]+)*))$/;

/**
 * Reads HEAD and what it points to. It only informs, so what cannot be read is simply not known.
 * @param realRoot the real path of the checkout's folder
 * @param pushed what was last pushed to the remote, to compare with
 */
export function readHead(realRoot: BytePath, pushed?: PushedCommit): HeadState {
  const found = orUnknown(() => withFileErrors('.git', () => findGit(realRoot)), undefined);
  if (found?.state !== 'found') return UNKNOWN_HEAD;
  const { git } = found;
  const at = orUnknown(() => readState(git), UNKNOWN_HEAD);
  if (pushed === undefined || at.commit === null) return { ...at, behind: null };
  const { branch, commit } = at;
  return { ...at, behind: orUnknown(() => isBehind(git, { branch, commit }, pushed), null) };
}

/** The branch that is checked out; null where none is. @throws {DoiError} `file_unreadable` */
export function readBranch(git: GitFolders): string | null {
  return readState(git).branch;
}

function orUnknown<T>(read: () => T, unknown: T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DoiError && error.kind !== 'host') return unknown;
    throw error;
  }
}

function readState(git: GitFolders): Pick<HeadState, 'branch' | 'commit'> {
  const head = linkedHead(git.own) ?? readText(git.own, 'HEAD')?.trim() ?? '';
  if (COMMIT.test(head)) return { branch: null, commit: head };
  const match = BRANCH.exec(head);
  const ref = match?.[1];
  const branch = match?.[2];
  if (ref === undefined || branch === undefined || branch.includes('..')) return UNKNOWN_HEAD;
  const loose = readText(git.shared, ref)?.trim();
  const commit = loose ?? findPacked(readText(git.shared, 'packed-refs', PACKED) ?? '', ref);
  return { branch, commit: commit !== undefined && COMMIT.test(commit) ? commit : null };
}

/** What a HEAD that is a link says, as old versions of git make it (gitrepository-layout manual, HEAD), in today's form. */
function linkedHead(own: BytePath): string | undefined {
  try {
    return openInside(
      own,
      own,
      (fd) => `ref: ${readlinkSync(`${DESCRIPTORS}/${fd}/HEAD`, { encoding: 'utf8' })}`,
      { folder: true },
    );
  } catch {
    // No link, or nothing there: it is read as a file, which says what broke.
    return undefined;
  }
}

function findPacked(text: string, ref: string): string | undefined {
  return text
    .split('\n')
    .find((line) => line.endsWith(` ${ref}`))
    ?.slice(0, -ref.length - 1);
}

function readText(folder: BytePath, path: string, maxBytes = SMALL): string | undefined {
  const read = readInside(folder, { path: bytePath(path), maxBytes });
  return read.state === 'present' ? read.bytes.toString('utf8') : undefined;
}
