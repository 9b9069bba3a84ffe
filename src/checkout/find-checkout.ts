/** Decides whether a folder is a git checkout or a bare repository, and finds the checkout that a folder lies in. */
import { basename, dirname } from 'node:path';
import { DoiError } from '../domain/errors.js';
import { withFileErrors } from '../platform/file-errors.js';
import { type BytePath, bytePath } from './byte-path.js';
import {
  type FoundGit,
  findGit,
  GIVE_WORKTREE,
  hasWorktrees,
  isNoGit,
  isRepository,
  type NoCheckout,
} from './find-git.js';
import { hasWorkTree, isBare, readGitConfig } from './git-config.js';

/** What a folder is. `hasWorktrees`: a bare repository that is mostly kept for its linked worktrees. */
export type FoundFolder = FoundGit | { readonly state: 'bare'; readonly hasWorktrees: boolean };

/**
 * What git would take a folder for: a checkout (`found`), a bare repository (`bare`), another repository without a checkout
 * here (`refused`), or neither (`none`).
 * @param path a real path
 * @throws {DoiError} `file_unreadable`
 */
export function inspectFolder(path: string): FoundFolder {
  const root = bytePath(path);
  return withFileErrors(`${path}/.git`, () => {
    const found = findGit(root);
    if (found.state === 'refused') return found;
    if (found.state === 'none') return isRepository(root) ? inspectRepository(root) : found;
    const { own, shared } = found.git;
    // Git passes over such a folder and searches the folders above.
    if (isNoGit(own)) return { state: 'none' };
    // In a linked worktree (own differs from shared), core.bare is about the repository that it was made from.
    return own === shared && isBare(readGitConfig(found.git)) ? NO_TREE : found;
  });
}

/** A folder with the entries of a repository: a bare one, or the one of a checkout that lies elsewhere. */
function inspectRepository(root: BytePath): FoundFolder {
  const config = readGitConfig({ own: root, shared: root });
  if (hasWorkTree(config) || (basename(root) === '.git' && !isBare(config))) return GIT_FOLDER;
  return { state: 'bare', hasWorktrees: hasWorktrees(root) };
}

const GIT_FOLDER: NoCheckout = {
  state: 'refused',
  why: 'It is the folder that git keeps the repository of a checkout in.',
  remedy: `Give the checkout. ${GIVE_WORKTREE}`,
  isBare: false,
};
const NO_TREE: NoCheckout = {
  state: 'refused',
  why: 'Its .git is a bare repository (core.bare), which has no checkout to judge.',
  remedy: `${GIVE_WORKTREE} To judge the bare repository itself, give the path of that .git.`,
  isBare: true,
};

/**
 * The checkout that a folder is or lies in, as git would find it.
 * @param path a real path
 * @throws {DoiError} `not_a_repository` where git would find none, and where the first that it would find has no checkout
 */
export function findCheckout(path: string): string {
  const found = findRepository(path);
  if (found?.state === 'found') return found.path;
  if (found?.state === 'bare') {
    const remedy = `Give a clone of it, or register that folder ("doi register PATH"): a worker judges it. ${GIVE_WORKTREE}`;
    const why = 'It is a bare repository: nothing is checked out in it.';
    throw new DoiError('not_a_repository', `${found.path} is not a git checkout. ${why}`, remedy);
  }
  if (found !== undefined)
    throw new DoiError('not_a_repository', `${found.path} is not a git checkout. ${found.why}`, found.remedy);
  const remedy = 'Give a checkout: "git clone" fetches a repository, and "git init" makes a new one.';
  throw new DoiError('not_a_repository', `${path} lies in no git repository.`, remedy);
}

/** The first folder, from this one upwards, that git would take for a repository. @throws {DoiError} `file_unreadable` */
function findRepository(path: string) {
  for (let at = path, below = ''; at !== below; below = at, at = dirname(at)) {
    const found = inspectFolder(at);
    if (found.state !== 'none') return { ...found, path: at };
  }
  return undefined;
}

/** The nearest checkout or bare repository above a folder; undefined where there is none, or none that this user can read. */
export function enclosingRepository(folder: string): string | undefined {
  const above = dirname(folder);
  try {
    const found = above === folder ? undefined : findRepository(above);
    return found?.state === 'found' || found?.state === 'bare' ? found.path : undefined;
  } catch {
    // The result is only a hint in a message, so a folder that cannot be read gives no hint.
    return undefined;
  }
}
