/** Reads which branch and commit a checkout is at, from git's files: git itself is never run inside a checkout. */
import { readlinkSync } from 'node:fs';
import { posix } from 'node:path';
import { DoiError } from '../../domain/errors.js';
import type { PushedCommit } from '../../domain/push.js';
import { type BytePath, bytePath, isInside, joinPath, toText } from './byte-path.js';
import { withFileErrors } from './file-errors.js';
import { type GitFolders, isBehind } from './is-behind.js';
import { kindOf, locate, realPath } from './locate.js';
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
  const git = orUnknown(() => withFileErrors('.git', () => findGit(realRoot)), undefined);
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

function findGit(root: BytePath): GitFolders | undefined {
  const at = locate(root, '.git');
  if (at.state !== 'found') return undefined;
  // Each later read makes sure that what it opened lies in this very folder, whatever has taken its place since.
  if (kindOf(at.stat) === 'folder') return { own: at.path, shared: at.path };
  const named = /^gitdir: (.+)$/m.exec(readText(root, '.git') ?? '')?.[1];
  return named === undefined || named.includes('\0')
    ? undefined
    : findWorktree(root, posix.resolve(toText(root), named));
}

/**
 * The folders of a linked working tree, which lie outside the checkout. Nothing is read there unless that folder itself
 * names this checkout as its own, so that a `.git` file cannot make us read what is another's.
 */
function findWorktree(root: BytePath, named: string): GitFolders | undefined {
  const own = realPath(bytePath(named));
  if (own === undefined) return undefined;
  const resolveIn = (path: string | undefined) =>
    path === undefined ? undefined : realPath(bytePath(posix.resolve(toText(own), path.trim())));
  if (resolveIn(readText(own, 'gitdir')) !== joinPath(root, '.git')) return undefined;
  const shared = resolveIn(readText(own, 'commondir'));
  return shared !== undefined && isInside(`${shared}/worktrees`, own) ? { own, shared } : undefined;
}

function readText(folder: BytePath, path: string, maxBytes = SMALL): string | undefined {
  const read = readInside(folder, { path: bytePath(path), maxBytes });
  return read.state === 'present' ? read.bytes.toString('utf8') : undefined;
}
