/** Finds git's folders of a checkout: `.git` itself, or the target of a `.git` file or link. */
import { type BigIntStats, readlinkSync } from 'node:fs';
import { posix } from 'node:path';
import { fileVersion } from '../domain/file-version.js';
import { hideSecrets } from '../domain/hide-secrets.js';
import { type BytePath, bytePath, isInside, joinPath, shownPath, toBytes } from './byte-path.js';
import { fileStep } from './file-steps.js';
import { type GitFolders, isBare, readGitConfig, worktreeOf } from './git-config.js';
import { kindOf, realPath } from './locate.js';
import { lstat } from './lstat.js';
import { describeWrongKind, readInside } from './read-inside.js';
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
 * Finds them. A `.git` folder is the checkout's own. The target of a `.git` file or link lies outside of the checkout. It
 * counts only if the file or link belongs to a user who may decide where it leads, and if the target is not another
 * checkout's: it names this one (a linked worktree, a submodule), or it names none (`git clone --separate-git-dir`).
 * @param root the real path of the checkout's folder
 * @throws the file system's error if it refuses; {DoiError} `file_unreadable`
 */
export function findGit(root: BytePath): FoundGit {
  const path = joinPath(root, '.git');
  const stat = lstat(path);
  if (stat === undefined) return { state: 'none' };
  const kind = kindOf(stat);
  // Each later read checks that the opened file lies in this folder, even if another one has replaced it since.
  if (kind === 'folder') return { state: 'found', git: { own: path, shared: path } };
  if (kind === 'link') return followLink(root, path);
  if (kind !== 'file')
    return refuse(`Its .git ${describeWrongKind(kind, 'folder')}.`, 'Leave this path out.');
  const read = readInside(root, { path: '.git', maxBytes: SMALL });
  if (read.state === 'rejected') return refuse(`Its ${read.reason}`, 'Clone the repository anew.');
  // Another user's file may be there now.
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
  if (target.state === 'foreign-link') return foreign(at, 'link');
  return judge(root, target.path, whyForeign(stat, target.stat));
}

function followLink(root: BytePath, link: BytePath): FoundGit {
  const target = resolveRoot(link);
  if (target.state === 'absent') return refuse('Its .git is a link that leads nowhere.', PUT_BACK);
  if (target.state === 'foreign-link') {
    fileStep();
    return foreign(posix.resolve(root, readlinkSync(toBytes(link), { encoding: 'latin1' })), 'link');
  }
  return judge(root, target.path, undefined);
}

/** The rule for links on the way to a checkout. Unlike them, a file can be changed by other users than its owner. */
function whyForeign(file: BigIntStats, folder: BigIntStats): Foreign | undefined {
  const othersWrite = (file.mode & 0o002n) !== 0n || ((file.mode & 0o020n) !== 0n && file.gid !== folder.gid);
  if (!mayLead(file.uid, folder.uid)) return 'file';
  return othersWrite ? 'writable' : undefined;
}

/** Decides whether git's folder belongs to this checkout. @param why another user may have decided where `.git` leads */
function judge(root: BytePath, own: BytePath, why: Foreign | undefined): FoundGit {
  const found = judgeTarget(root, own);
  // A repository still names a checkout that was deleted, and that folder may be another user's since.
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
  return isRepository(own)
    ? found
    : refuse(`Its .git leads to ${shownPath(own)}, which is no git repository.`, PUT_BACK);
}

function judgeWorktree(root: BytePath, own: BytePath, tree: BytePath): FoundGit {
  const named = posix.resolve(own, tree.trimEnd());
  const isThis = posix.basename(named) === '.git' && resolveFrom(own, posix.dirname(named)) === root;
  const shared = resolveFrom(own, readText(own, 'commondir')?.trimEnd() ?? '');
  // A repository keeps the data of its worktrees in this folder, which only its owner can write to.
  if (isThis && shared !== undefined && isInside(`${shared}/worktrees`, own))
    return { state: 'found', git: { own, shared } };
  return refuse(
    `Its .git leads to ${shownPath(own)}, where git keeps the working tree ${shownPath(posix.dirname(named))}.`,
    'Where that one was moved here, run "git worktree repair" in this folder; else give that folder.',
  );
}

/** Whether a folder with `.git` is its working tree. If it holds nothing else, it only stores `.git` for another folder. */
function isTree(folder: BytePath): boolean {
  const [, second] = readNames({ path: folder, size: 0n });
  return second !== undefined;
}

/** Whether a folder is a git repository for git. */
export function isRepository(folder: BytePath): boolean {
  const head = lstat(joinPath(folder, 'HEAD'));
  // A link: as old versions of git make it.
  if (head === undefined || !(head.isFile() || head.isSymbolicLink())) return false;
  return ['objects', 'refs'].every((name) => {
    const stat = lstat(joinPath(folder, name));
    return stat?.isDirectory() || stat?.isSymbolicLink();
  });
}

/** Whether a `.git` folder holds nothing of a repository, such as one for a mount, or one that was emptied. */
export function isNoGit(folder: BytePath): boolean {
  return ['HEAD', 'config'].every((name) => lstat(joinPath(folder, name)) === undefined);
}

export const GIVE_WORKTREE =
  'Give one of its worktrees: "git worktree list" names them, and "git worktree add" makes one.';
const PUT_BACK =
  'Put the repository back; where it was moved, run "git worktree repair PATH" in it with the path of this folder.';

/** How other users than root, this user and the owner of a folder could decide that a path leads there. */
type Foreign = 'link' | 'file' | 'writable';

const LET_OWN: Readonly<Record<Foreign, string>> = {
  link: "Let each link on that way belong to that folder's owner (`chown -h`).",
  file: "Let the .git file belong to that folder's owner (`chown`).",
  writable: 'Let nobody but its owner write to the .git file (`chmod go-w`).',
};

function foreign(path: BytePath, why: Foreign): NoCheckout {
  const by =
    why === 'writable'
      ? 'and others than its owner may write to it, and so decide where.'
      : `by a ${why} that belongs to neither root, nor the user who follows it, nor the owner of that folder.`;
  return refuse(`Its .git leads to ${shownPath(path)}, ${by}`, LET_OWN[why]);
}

/** The texts quote paths of the repository, so secrets in them are hidden. */
function refuse(why: string, remedy: string): NoCheckout {
  return { state: 'refused', why: hideSecrets(why), remedy: hideSecrets(remedy), isBare: false };
}

function resolveFrom(folder: BytePath, path: BytePath): BytePath | undefined {
  return path === '' || path.includes('\0') ? undefined : realPath(posix.resolve(folder, path));
}

function readText(folder: BytePath, name: string): BytePath | undefined {
  const read = readInside(folder, { path: name, maxBytes: SMALL });
  return read.state === 'present' ? read.bytes.toString('latin1') : undefined;
}
