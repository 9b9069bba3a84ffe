/** Finds git's folders of a checkout: `.git` itself, or what a `.git` file or link leads to. */
import type { BigIntStats } from 'node:fs';
import { posix } from 'node:path';
import { fileVersion } from '../../domain/file-version.js';
import { type BytePath, bytePath, isInside, joinPath, shownPath } from './byte-path.js';
import { type GitFolders, isBare, readGitConfig, worktreeOf } from './git-config.js';
import { kindOf, realPath } from './locate.js';
import { look } from './look.js';
import { misfit, readInside } from './read-inside.js';
import { readNames } from './read-names.js';
import { mayLead, resolveRoot } from './resolve-root.js';

/** Why a folder is no checkout, and what to do, in sentences. */
export interface NoCheckout {
  readonly state: 'refused';
  readonly why: string;
  readonly remedy: string;
  /** Whether it is a repository without a checkout of its own; there may be worktrees below it. */
  readonly isBare: boolean;
}

export type FoundGit =
  | { readonly state: 'found'; readonly git: GitFolders }
  | { readonly state: 'none' }
  | NoCheckout;

const SMALL = 4 * 1024;

/**
 * Finds them. A `.git` folder is the checkout's own. What a `.git` file or link leads to lies outside of the checkout,
 * and counts only where it is not another checkout's: it names this one (a linked worktree, a submodule), or it names
 * none (`git clone --separate-git-dir`) and the file or link belongs to somebody who may decide where it leads.
 * @param root the real path of the checkout's folder
 * @throws the file system's own error where it refuses; {DoiError} `file_unreadable`
 */
export function findGit(root: BytePath): FoundGit {
  const path = joinPath(root, '.git');
  const stat = look(path);
  if (stat === undefined) return { state: 'none' };
  const kind = kindOf(stat);
  // Each later read makes sure that what it opened lies in this very folder, whatever has taken its place since.
  if (kind === 'folder') return { state: 'found', git: { own: path, shared: path } };
  if (kind === 'link') return followLink(root, path);
  if (kind !== 'file') return refuse(`Its .git ${misfit(kind, 'folder')}.`, 'Leave this path out.');
  const read = readInside(root, { path: '.git', maxBytes: SMALL });
  if (read.state === 'rejected') return refuse(`Its ${read.reason}`, 'Clone the repository anew.');
  // Another's file may be there now.
  if (read.state === 'absent' || read.version !== fileVersion(stat))
    return refuse('Its .git was replaced as it was read.', 'Wait until the repository is at rest.');
  const named = /^gitdir: ([^\0\r\n]+)/.exec(read.bytes.toString('latin1'))?.[1];
  if (named === undefined)
    return refuse(
      'Its .git is a file that does not begin with `gitdir: PATH`.',
      'Clone the repository anew.',
    );
  const at = posix.resolve(root, named);
  const target = resolveRoot(at);
  if (target.state === 'absent')
    return refuse(`Its .git leads to ${shownPath(at)}, and nothing is there.`, PUT_BACK);
  if (target.state === 'foreign-link') return foreign();
  return judge(root, target.path, isTrusted(stat, target.stat));
}

function followLink(root: BytePath, link: BytePath): FoundGit {
  const target = resolveRoot(link);
  if (target.state === 'absent') return refuse('Its .git is a link that leads nowhere.', PUT_BACK);
  if (target.state === 'foreign-link') return foreign();
  return judge(root, target.path, true);
}

/** As links on the way to a checkout are; unlike them, a file can be changed by others than its owner. */
function isTrusted(file: BigIntStats, folder: BigIntStats): boolean {
  const othersWrite = (file.mode & 0o002n) !== 0n || ((file.mode & 0o020n) !== 0n && file.gid !== folder.gid);
  return mayLead(file.uid, folder.uid) && !othersWrite;
}

/** Decides whose folder it is that a checkout leads to. @param mayDecide whether who made the way there may decide it */
function judge(root: BytePath, own: BytePath, mayDecide: boolean): FoundGit {
  const tree = readText(own, 'gitdir');
  if (tree !== undefined) return judgeWorktree(root, own, tree);
  const config = readGitConfig({ own, shared: own });
  if (config.problem !== undefined)
    return refuse(`Its .git leads to ${shownPath(own)}, where ${config.problem}`, 'Correct that.');
  const named = worktreeOf(config);
  const found = { state: 'found', git: { own, shared: own } } as const;
  if (named !== undefined) {
    if (resolveFrom(own, bytePath(named)) === root) return found;
    const remedy = `Give that folder; where the checkout was moved, set core.worktree in ${shownPath(own)}/config anew.`;
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
    const remedy = `Give ${other}; "git worktree add" makes a second working tree of it.`;
    return refuse(`Its .git leads to the repository of another checkout, ${other}.`, remedy);
  }
  if (!mayDecide) return foreign();
  return isRepository(own)
    ? found
    : refuse(`Its .git leads to ${shownPath(own)}, which is no git repository.`, PUT_BACK);
}

function judgeWorktree(root: BytePath, own: BytePath, tree: BytePath): FoundGit {
  const named = posix.resolve(own, tree.trimEnd());
  const isThis = posix.basename(named) === '.git' && resolveFrom(own, posix.dirname(named)) === root;
  const shared = resolveFrom(own, readText(own, 'commondir')?.trimEnd() ?? '');
  // A repository keeps what it knows of its worktrees in this folder, which only its owner can write to.
  if (isThis && shared !== undefined && isInside(`${shared}/worktrees`, own))
    return { state: 'found', git: { own, shared } };
  return refuse(
    `Its .git leads to ${shownPath(own)}, where git keeps the working tree ${shownPath(posix.dirname(named))}.`,
    'Where that one was moved here, run "git worktree repair" in this folder; else give that folder.',
  );
}

/** Whether a folder that holds `.git` is its working tree; where it holds nothing else, it only keeps it for another. */
function isTree(folder: BytePath): boolean {
  const [, second] = readNames({ path: folder, size: 0n });
  return second !== undefined;
}

/** Whether a folder has what makes it a git repository to git. */
export function isRepository(folder: BytePath): boolean {
  const head = look(joinPath(folder, 'HEAD'));
  // A link: as old versions of git make it.
  if (head === undefined || !(head.isFile() || head.isSymbolicLink())) return false;
  return ['objects', 'refs'].every((name) => {
    const stat = look(joinPath(folder, name));
    return stat?.isDirectory() || stat?.isSymbolicLink();
  });
}

export const GIVE_WORKTREE =
  'Give one of its worktrees: "git worktree list" names them, and "git worktree add" makes one.';
const PUT_BACK =
  'Put the repository back; where it was moved, run "git worktree repair PATH" in it with the path of this folder.';

function foreign(): NoCheckout {
  return refuse(
    'Its .git leads to another folder, and others than root, the user who follows it and the owner of that folder may decide where.',
    "Let it belong to that folder's owner (`chown -h`), and let nobody else write to it.",
  );
}

function refuse(why: string, remedy: string): NoCheckout {
  return { state: 'refused', why, remedy, isBare: false };
}

function resolveFrom(folder: BytePath, path: BytePath): BytePath | undefined {
  return path === '' || path.includes('\0') ? undefined : realPath(posix.resolve(folder, path));
}

function readText(folder: BytePath, name: string): BytePath | undefined {
  const read = readInside(folder, { path: name, maxBytes: SMALL });
  return read.state === 'present' ? read.bytes.toString('latin1') : undefined;
}
