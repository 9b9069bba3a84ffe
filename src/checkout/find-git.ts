/**
 * Finds the folders in which git keeps a checkout's data: `.git` itself, or the folder that a `.git` file or link names.
 * Promise: no checkout can make another repository's data pass for its own.
 */
import type { BigIntStats } from 'node:fs';
import { posix } from 'node:path';
import { fileVersion } from '../domain/file-version.js';
import { hideSecrets } from '../domain/hide-secrets.js';
import { type BytePath, bytePath, isInside, joinPath, shownPath } from './byte-path.js';
import { lstat, readLink, readNames, realPath } from './file-calls.js';
import { type GitFolders, isBare, readGitConfig, worktreeOf } from './git-config.js';
import { type KnownStats, kindOf } from './locate.js';
import { describeWrongKind, readInside } from './read-inside.js';
import { mayLead, resolveRoot } from './resolve-root.js';

/** Why a folder is not accepted as a checkout, and what to do, in sentences. */
export interface NoCheckout {
  readonly state: 'refused';
  readonly why: string;
  /** Quotes nothing of the repository: an agent takes it for a sentence of this program. */
  readonly remedy: string;
  /** Whether it has only a bare repository; there may be worktrees below it. */
  readonly isBare: boolean;
}

export type FoundGit =
  | { readonly state: 'found'; readonly git: GitFolders }
  | { readonly state: 'none' }
  | NoCheckout;

const SMALL = 4 * 1024;

/**
 * Finds git's folders of a checkout. A `.git` folder is the checkout's own. A folder that a `.git` file or link leads to
 * lies outside of the checkout, so it is accepted under two conditions: the file or link belongs to a user who may decide
 * where it leads (see `mayLead`), and the folder is not another checkout's: it names this checkout (a linked worktree, a
 * submodule), or names none (`git clone --separate-git-dir`).
 * @param root the real path of the checkout's folder
 * @throws the file system's own error where it refuses; {DoiError} `file_unreadable`
 */
export function findGit(root: BytePath): FoundGit {
  const path = joinPath(root, '.git');
  const stat = lstat(path);
  if (stat === undefined) return { state: 'none' };
  const kind = kindOf(stat);
  // `.git` may be replaced right after this check, so each later read verifies that it is still inside this folder.
  if (kind === 'folder') return { state: 'found', git: { own: path, shared: path } };
  if (kind === 'link') return followLink(root, path);
  if (kind !== 'file')
    return refuse(`Its .git ${describeWrongKind(kind, 'folder')}.`, 'Leave this path out.');
  const read = readInside(root, { path: '.git', maxBytes: SMALL });
  if (read.state === 'rejected') return refuse(`Its ${read.reason}`, CLONE_AGAIN);
  // A file with another owner may have taken its place after the lstat, and its owner decides whether it counts.
  if (read.state === 'absent' || read.version !== fileVersion(stat))
    return refuse('Its .git was replaced as it was read.', 'Wait until the repository is at rest.');
  const named = /^gitdir: ([^\0\r\n]+)/.exec(read.bytes.toString('latin1'))?.[1];
  if (named === undefined)
    return refuse('Its .git is a file that does not begin with `gitdir: PATH`.', CLONE_AGAIN);
  const at = posix.resolve(root, named);
  const target = resolveRoot(at);
  if (target.state === 'absent')
    return refuse(`Its .git leads to ${shownPath(at)}, and nothing is there.`, PUT_BACK);
  if (target.state === 'foreign-link') return foreign(at, 'link');
  return judge(root, target.path, whyForeign(stat, target.stat));
}

function followLink(root: BytePath, link: BytePath): FoundGit {
  const target = resolveRoot(link);
  if (target.state === 'absent') return refuse('Its .git is a link that leads nowhere.', PUT_BACK);
  if (target.state === 'foreign-link') return foreign(posix.resolve(root, readLink(link)), 'link');
  return judge(root, target.path, undefined);
}

/** Like a link on the path of a checkout, the file must belong to a user who may lead; unlike a link, others may also write to it. */
function whyForeign(file: BigIntStats, folder: BigIntStats): Foreign | undefined {
  const othersWrite = (file.mode & 0o002n) !== 0n || ((file.mode & 0o020n) !== 0n && file.gid !== folder.gid);
  if (!mayLead(file.uid, folder.uid)) return 'file';
  return othersWrite ? 'writable' : undefined;
}

/** Decides whether a checkout may use the folder that it leads to. @param why what lets a foreign user choose that folder */
function judge(root: BytePath, own: BytePath, why: Foreign | undefined): FoundGit {
  const found = judgeTarget(root, own);
  // Refused even if that folder names this checkout: another user may have made it after the checkout was deleted.
  return found.state === 'found' && why !== undefined ? foreign(own, why) : found;
}

function judgeTarget(root: BytePath, own: BytePath): FoundGit {
  const tree = readText(own, 'gitdir');
  if (tree !== undefined) return judgeWorktree(root, own, tree);
  const config = readGitConfig({ own, shared: own });
  if (config.problem !== undefined)
    return refuse(`Its .git leads to ${shownPath(own)}, where ${config.problem}`, 'Correct that.');
  const named = worktreeOf(config);
  const found = { state: 'found', git: { own, shared: own } } as const;
  if (named !== undefined) {
    if (resolveFrom(own, bytePath(named)) === root) return found;
    const remedy =
      'Give that working tree; where the checkout was moved, set core.worktree in the config of that folder again.';
    return refuse(
      `Its .git leads to ${shownPath(own)}, whose working tree is ${shownPath(bytePath(named))}.`,
      remedy,
    );
  }
  if (isBare(config)) {
    const why = `Its .git leads to ${shownPath(own)}, a bare repository, which has no checkout to judge.`;
    return { state: 'refused', why, remedy: GIVE_WORKTREE, isBare: true };
  }
  if (posix.basename(own) === '.git' && posix.dirname(own) !== root && isTree(posix.dirname(own))) {
    const other = shownPath(posix.dirname(own));
    const remedy = 'Give that checkout; "git worktree add" makes a second working tree of it.';
    return refuse(`Its .git leads to the repository of another checkout, ${other}.`, remedy);
  }
  return isRepository(own)
    ? found
    : refuse(`Its .git leads to ${shownPath(own)}, which is no git repository.`, PUT_BACK);
}

function judgeWorktree(root: BytePath, own: BytePath, tree: BytePath): FoundGit {
  const named = posix.resolve(own, tree.trimEnd());
  const isThis = posix.basename(named) === '.git' && resolveFrom(own, posix.dirname(named)) === root;
  const shared = resolveFrom(own, readText(own, 'commondir')?.trimEnd() ?? '');
  // Git keeps its data of linked worktrees in this folder of the repository, which only the repository's owner can write to.
  if (isThis && shared !== undefined && isInside(`${shared}/worktrees`, own))
    return { state: 'found', git: { own, shared } };
  return refuse(
    `Its .git leads to ${shownPath(own)}, where git keeps the working tree ${shownPath(posix.dirname(named))}.`,
    'Where that one was moved here, run "git worktree repair" in this folder; else give that folder.',
  );
}

/** Whether a folder with `.git` is a working tree. A folder with nothing but `.git` only stores the repository of another one. */
function isTree(folder: BytePath): boolean {
  const [, second] = readNames({ path: folder, size: 0n });
  return second !== undefined;
}

/** Whether a folder has the entries by which git takes it for a repository. */
export function isRepository(folder: BytePath): boolean {
  return findRepository(folder) !== undefined;
}

/** The entries by which git takes a folder for a repository; undefined where one is missing. */
export function findRepository(folder: BytePath): KnownStats | undefined {
  const entries = new Map<BytePath, BigIntStats>();
  for (const name of ['HEAD', 'objects', 'refs']) {
    const path = joinPath(folder, name);
    const stat = lstat(path);
    // Old versions of git make HEAD a link.
    const isFit = name === 'HEAD' ? stat?.isFile() : stat?.isDirectory();
    if (stat === undefined || !(isFit || stat.isSymbolicLink())) return undefined;
    entries.set(path, stat);
  }
  return entries;
}

/** Whether git keeps data of linked worktrees in a repository's folder; their folders may be gone. */
export function hasWorktrees(folder: BytePath): boolean {
  const path = joinPath(folder, 'worktrees');
  const stat = lstat(path);
  if (stat?.isDirectory() !== true) return false;
  const [first] = readNames({ path, size: stat.size });
  return first !== undefined;
}

/**
 * Finds git's folders of a checkout as {@link findGit} does, and those of a bare repository, whose folder is both.
 * @throws as {@link findGit}
 */
export function findAnyGit(root: BytePath): FoundGit {
  const found = findGit(root);
  if (found.state !== 'none' || !isRepository(root)) return found;
  return { state: 'found', git: { own: root, shared: root } };
}

/** Whether a `.git` folder holds no repository, as a mount point whose mount is not there, or one that was emptied. */
export function isNoGit(folder: BytePath): boolean {
  return ['HEAD', 'config'].every((name) => lstat(joinPath(folder, name)) === undefined);
}

export const GIVE_WORKTREE =
  'Give one of its worktrees: "git worktree list" names them, and "git worktree add" makes one.';
const CLONE_AGAIN = 'Clone the repository again.';
const PUT_BACK =
  'Put the repository back; where it was moved, run "git worktree repair PATH" in it with the path of this folder.';

/** What lets a user other than root, this user and the folder's owner decide that a checkout leads to a folder. */
type Foreign = 'link' | 'file' | 'writable';

const LET_OWN: Readonly<Record<Foreign, string>> = {
  link: "Let each link on that way belong to that folder's owner (`chown -h`).",
  file: "Let the .git file belong to that folder's owner (`chown`).",
  writable: 'Let only its owner write to the .git file (`chmod go-w`).',
};

function foreign(path: BytePath, why: Foreign): NoCheckout {
  const by =
    why === 'writable'
      ? 'and users other than its owner may write to it, and so decide where.'
      : `by a ${why} that belongs to neither root, nor the user who follows it, nor the owner of that folder.`;
  return refuse(`Its .git leads to ${shownPath(path)}, ${by}`, LET_OWN[why]);
}

/** Secrets are hidden, since the texts quote paths that the repository gives. */
function refuse(why: string, remedy: string): NoCheckout {
  return { state: 'refused', why: hideSecrets(why), remedy, isBare: false };
}

function resolveFrom(folder: BytePath, path: BytePath): BytePath | undefined {
  return path === '' || path.includes('\0') ? undefined : realPath(posix.resolve(folder, path));
}

function readText(folder: BytePath, name: string): BytePath | undefined {
  const read = readInside(folder, { path: name, maxBytes: SMALL });
  return read.state === 'present' ? read.bytes.toString('latin1') : undefined;
}
