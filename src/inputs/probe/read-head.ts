/** Reads which branch and commit a checkout is at, from git's files: git itself is never run inside a checkout. */
import { posix } from 'node:path';
import { DoiError } from '../../domain/errors.js';
import type { PushedCommit } from '../../domain/push.js';
import { bytePath, isInside, toText } from './byte-path.js';
import { type GitFolders, isBehind } from './is-behind.js';
import { realPath } from './locate.js';
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
 * @param pushed what was last pushed to the remote, to compare with
 */
export function readHead(root: string, pushed?: PushedCommit): HeadState {
  const git = orUnknown(() => findGit(root), undefined);
  if (git === undefined) return UNKNOWN_HEAD;
  const at = orUnknown(() => readState(git), UNKNOWN_HEAD);
  if (pushed === undefined || at.commit === null) return { ...at, behind: null };
  const { branch, commit } = at;
  return { ...at, behind: orUnknown(() => isBehind(git, { branch, commit }, pushed), null) };
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
  const head = readText(git.own, 'HEAD')?.trim() ?? '';
  if (COMMIT.test(head)) return { branch: null, commit: head };
  const match = BRANCH.exec(head);
  const ref = match?.[1];
  const branch = match?.[2];
  if (ref === undefined || branch === undefined || branch.includes('..')) return UNKNOWN_HEAD;
  const loose = readText(git.shared, ref)?.trim();
  const commit = loose ?? findPacked(readText(git.shared, 'packed-refs', PACKED) ?? '', ref);
  return { branch, commit: commit !== undefined && COMMIT.test(commit) ? commit : null };
}

function findPacked(text: string, ref: string): string | undefined {
  return text
    .split('\n')
    .find((line) => line.endsWith(` ${ref}`))
    ?.slice(0, -ref.length - 1);
}

function findGit(root: string): GitFolders | undefined {
  const real = realPath(bytePath(root));
  if (real === undefined) return undefined;
  const top = toText(real);
  const pointer = readInside(top, { path: '.git', maxBytes: SMALL });
  if (pointer.state === 'rejected') {
    const folder = realPath(`${real}/.git`);
    return folder !== undefined && isInside(real, folder)
      ? { own: toText(folder), shared: toText(folder) }
      : undefined;
  }
  if (pointer.state === 'absent') return undefined;
  const named = /^gitdir: (.+)$/m.exec(pointer.bytes.toString('utf8'))?.[1];
  return named === undefined || named.includes('\0')
    ? undefined
    : findWorktree(top, posix.resolve(top, named));
}

/**
 * The folders of a linked working tree, which lie outside the checkout. Nothing is read there unless that folder itself
 * names this checkout as its own, so that a `.git` file cannot make us read what is another's.
 */
function findWorktree(top: string, named: string): GitFolders | undefined {
  const own = realPath(bytePath(named));
  if (own === undefined) return undefined;
  const backLink = readText(toText(own), 'gitdir')?.trim();
  if (
    backLink === undefined ||
    realPath(bytePath(posix.resolve(toText(own), backLink))) !== bytePath(`${top}/.git`)
  ) {
    return undefined;
  }
  const common = readText(toText(own), 'commondir')?.trim();
  const shared = common === undefined ? undefined : realPath(bytePath(posix.resolve(toText(own), common)));
  if (shared === undefined || !isInside(`${shared}/worktrees`, own)) return undefined;
  return { own: toText(own), shared: toText(shared) };
}

function readText(folder: string, path: string, maxBytes = SMALL): string | undefined {
  const read = readInside(folder, { path: bytePath(path), maxBytes });
  return read.state === 'present' ? read.bytes.toString('utf8') : undefined;
}
