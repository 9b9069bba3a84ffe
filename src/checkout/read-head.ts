/** Reads a checkout's branch and commit, and whether it lacks a push, from git's files: git is not run in a checkout. */
import { readlinkSync } from 'node:fs';
import { DoiError } from '../domain/errors.js';
import { isObjectId } from '../domain/object-id.js';
import type { PushedCommit } from '../domain/remote-state.js';
import { withFileErrors } from '../platform/file-errors.js';
import { type BytePath, bytePath, joinPath } from './byte-path.js';
import { lstat } from './file-calls.js';
import { findGit } from './find-git.js';
import type { GitFolders } from './git-config.js';
import type { KnownStats } from './locate.js';
import { DESCRIPTORS, openInside } from './open-inside.js';
import { readInside } from './read-inside.js';

/** Null for what is not known: without git, for a detached head (no branch), an unborn branch (no commit), another form. */
export interface HeadState {
  readonly branch: string | null;
  readonly commit: string | null;
  /** Whether the checkout lacks the pushed commit; null where that is not known, and where nothing was pushed. */
  readonly behind: boolean | null;
}

export const UNKNOWN_HEAD: HeadState = { branch: null, commit: null, behind: null };
const SMALL = 4 * 1024;
// Some 15,000 references; with more, the commit of a packed branch is not known.
const PACKED = 1024 * 1024;
// The names that git allows for a branch, but for a few: no empty parts, none that starts with a dot.
const BRANCH =
  /^ref: (refs\/heads\/((?!\.)[^\s\u0000-\u001f\u007f~^:?*[\\/]+(?:\/(?!\.)[^\s\u0000-\u001f\u007f~^:?*[\\/]+)*))$/;

/**
 * Reads HEAD and the branch that it names. No verdict rests on it, so where it cannot be read it is unknown, and no error.
 * @param realRoot the real path of the checkout's folder
 * @param pushed the last push to the remote, for `behind`
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

// Some 200,000 references of a git server's own folder.
const PACKED_BARE = 16 * 1024 * 1024;

/**
 * Reads the tip of a bare repository's branch. Verdicts rest on it, so what cannot be read is an error.
 * @param folder the real path of the repository's folder
 * @param wanted the branch; null for the one that HEAD names
 * @param known what was just found of the folder
 * @returns the commit is null where the branch has none; of a HEAD that names a commit, the branch is `HEAD`
 * @throws {DoiError} `file_unreadable`; `objects_unreadable` where its references have a form that is not supported
 */
export function readBareHead(
  folder: BytePath,
  wanted: string | null,
  known?: KnownStats,
): { readonly branch: string; readonly commit: string | null } {
  const git = { own: folder, shared: folder };
  const bare = { packed: PACKED_BARE, known };
  const { branch, commit } =
    wanted === null
      ? readState(git, bare)
      : { branch: wanted, commit: readRef(git, `refs/heads/${wanted}`, bare) };
  // In that format, git lets HEAD name a branch that cannot be, and makes a file of refs/heads.
  if (commit === null && lstat(joinPath(folder, 'reftable')) !== undefined)
    throw unsupported('keeps its references in the reftable format', 'git refs migrate --ref-format=files');
  if (branch === null && commit === null)
    throw unsupported('has a HEAD that names no branch', 'git symbolic-ref HEAD refs/heads/main');
  return { branch: branch ?? 'HEAD', commit };
}

function unsupported(what: string, command: string): DoiError {
  return new DoiError('objects_unreadable', `The bare repository ${what}.`, `Run "${command}" in it.`);
}

function orUnknown<T>(read: () => T, unknown: T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DoiError && error.kind !== 'host') return unknown;
    throw error;
  }
}

/** The most bytes of packed references, and what was just found of git's folder. */
interface RefOptions {
  readonly packed: number;
  readonly known?: KnownStats | undefined;
}

function readState(
  git: GitFolders,
  options: RefOptions = { packed: PACKED },
): Pick<HeadState, 'branch' | 'commit'> {
  const head = readHeadText(git.own, options.known);
  if (isObjectId(head)) return { branch: null, commit: head };
  const match = BRANCH.exec(head);
  const ref = match?.[1];
  const branch = match?.[2];
  if (ref === undefined || branch === undefined || branch.includes('..')) return UNKNOWN_HEAD;
  return { branch, commit: readRef(git, ref, options) };
}

const MAX_SYMBOLIC = 5;
const SYMBOLIC = /^ref: (refs\/\S+)$/;

/**
 * The commit of a reference, through symbolic ones; null where it is not known. Of a bare repository that is an error, unless
 * there is no such reference: an older commit, or none, would be taken for what was pushed.
 */
function readRef({ shared }: GitFolders, ref: string, { packed, known }: RefOptions): string | null {
  const isBare = packed === PACKED_BARE;
  let name = ref;
  for (let followed = 0; followed <= MAX_SYMBOLIC; followed += 1) {
    const loose = readRefText(shared, { path: name, maxBytes: SMALL, isBare, known })?.trim();
    const text =
      loose ?? findPacked(readRefText(shared, { path: 'packed-refs', maxBytes: packed, isBare }) ?? '', name);
    if (text === undefined) return null;
    if (isObjectId(text)) return text;
    const target = SYMBOLIC.exec(text)?.[1];
    if (target === undefined) return isBare ? refuseRef(`${name} names no commit.`) : null;
    name = target;
  }
  return isBare ? refuseRef(`${ref} leads from one reference to the next too often.`) : null;
}

function refuseRef(why: string): never {
  const remedy =
    'Run "git for-each-ref" in it, and correct what that says; "git pack-refs --all --prune" helps.';
  throw new DoiError(
    'objects_unreadable',
    `A reference of the bare repository cannot be read: ${why}`,
    remedy,
  );
}

interface RefFile {
  readonly path: string;
  readonly maxBytes: number;
  readonly isBare: boolean;
  readonly known?: KnownStats | undefined;
}

function readRefText(shared: BytePath, { path, maxBytes, isBare, known }: RefFile): string | undefined {
  const read = readInside(shared, { path: bytePath(path), maxBytes, known });
  if (read.state === 'present') return read.bytes.toString('utf8');
  // A folder stays where the names of removed branches began with that of this one.
  const isRefused =
    read.state === 'rejected' && lstat(joinPath(shared, bytePath(path)))?.isDirectory() !== true;
  return isBare && isRefused ? refuseRef(read.reason) : undefined;
}

function readHeadText(own: BytePath, known?: KnownStats): string {
  const read = readInside(own, { path: 'HEAD', maxBytes: SMALL, known });
  if (read.state === 'absent') return '';
  const text = read.state === 'present' ? read.bytes.toString('utf8').trim() : '';
  // Only what was reached through a link has this in its version.
  const isPlain = read.state === 'present' && !read.version.includes('@');
  return isPlain ? text : (linkedHead(own) ?? text);
}

/** The text of a HEAD that is a link, as old versions of git make it (gitrepository-layout manual), in today's form. */
function linkedHead(own: BytePath): string | undefined {
  try {
    return openInside(
      own,
      { path: own, folder: true },
      (fd) => `ref: ${readlinkSync(`${DESCRIPTORS}/${fd}/HEAD`, { encoding: 'utf8' })}`,
    );
  } catch {
    // It is no link any more, or is not there: what was read of it as a file counts.
    return undefined;
  }
}

function findPacked(text: string, ref: string): string | undefined {
  return text
    .split('\n')
    .find((line) => line.endsWith(` ${ref}`))
    ?.slice(0, -ref.length - 1);
}

interface Head {
  readonly branch: string | null;
  readonly commit: string;
}

// Some 400 entries of git's log of HEAD.
const LOG_BYTES = 64 * 1024;
// The old commit and the new one; a name, an address, a time, a tab and git's message follow.
const ENTRY = /^(?:[0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64}) /;
const MOVED = '\tcheckout: moving from ';

/**
 * Whether the checkout lacks the pushed commit, by git's log of HEAD. It has it where HEAD is that commit, or where the
 * branch was at it lately: people's own checkouts are often ahead of what they pushed, and later commits, resets included,
 * are deliberate. The repository can write anything into its log, so no text of it is shown.
 * @returns null where it is not known: another branch or none is checked out, or the log does not lead to this commit
 */
export function isBehind(git: GitFolders, head: Head, pushed: PushedCommit): boolean | null {
  const wanted = pushed.head.toLowerCase();
  if (head.commit === wanted) return false;
  if (head.branch !== pushed.branch) return null;
  const log = readLog(git.own);
  // A log that does not end at the commit of HEAD was not kept up, and proves nothing about the checkout.
  if (log.findLast((line) => line !== '')?.match(ENTRY)?.[1] !== head.commit) return null;
  return !wasAt(log, head.branch, wanted);
}

function readLog(folder: BytePath): string[] {
  const read = readInside(folder, { path: 'logs/HEAD', maxBytes: LOG_BYTES, tail: true });
  return read.state === 'present' ? read.bytes.toString('latin1').split('\n') : [];
}

/** Goes back through the log, which is one for all branches: a commit that was checked out on another branch does not count. */
function wasAt(log: readonly string[], branch: string, wanted: string): boolean {
  const name = bytePath(branch);
  let isOn = true;
  for (const line of log.toReversed()) {
    if (isOn && ENTRY.exec(line)?.[1] === wanted) return true;
    // Git writes no tab into its message, but a person's name may hold one.
    const words = line.lastIndexOf('\t');
    if (line.startsWith(MOVED, words)) isOn = line.startsWith(`${name} to `, words + MOVED.length);
  }
  return false;
}
