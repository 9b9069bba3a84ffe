/** Finds the git checkout that a folder is, or that it lies in. */
import { dirname } from 'node:path';
import { DoiError } from '../domain/errors.js';
import { withFileErrors } from '../platform/file-errors.js';
import { bytePath } from './byte-path.js';
import { type FoundGit, findGit, GIVE_WORKTREE, isNoGit, isRepository, type NoCheckout } from './find-git.js';
import { isBare, readGitConfig } from './git-config.js';

/**
 * What a folder is to git: a checkout (`found`), none with the reason (`refused`), or nothing.
 * @param path a real path
 * @throws {DoiError} `file_unreadable`
 */
export function inspectFolder(path: string): FoundGit {
  const root = bytePath(path);
  return withFileErrors(`${path}/.git`, () => {
    const found = findGit(root);
    if (found.state === 'refused') return found;
    if (found.state === 'none') return isRepository(root) ? BARE : found;
    const { own, shared } = found.git;
    // Git ignores such a folder, and goes on above.
    if (isNoGit(own)) return { state: 'none' };
    // In a linked worktree, core.bare refers to the repository that it was made from.
    return own === shared && isBare(readGitConfig(found.git)) ? NO_TREE : found;
  });
}

const BARE: NoCheckout = {
  state: 'refused',
  why: 'It is a bare repository, or the folder that git keeps a repository in: nothing is checked out in it.',
  remedy: GIVE_WORKTREE,
  isBare: true,
};
const NO_TREE: NoCheckout = {
  ...BARE,
  why: 'Its .git is a bare repository (core.bare), which has no checkout to judge.',
};

/**
 * The checkout that a folder is or lies in, as git would find it.
 * @param path a real path
 * @throws {DoiError} `not_a_repository` where there is none, and where the first that git would find has no checkout
 */
export function findCheckout(path: string): string {
  for (let at = path, below = ''; at !== below; below = at, at = dirname(at)) {
    const found = inspectFolder(at);
    if (found.state === 'found') return at;
    if (found.state === 'refused')
      throw new DoiError('not_a_repository', `${at} is not a git checkout. ${found.why}`, found.remedy);
  }
  const remedy = 'Give a checkout: "git clone" fetches a repository, and "git init" makes a new one.';
  throw new DoiError('not_a_repository', `${path} lies in no git repository.`, remedy);
}

/** The nearest checkout above a folder; undefined where there is none that can be seen. */
export function enclosingRepository(folder: string): string | undefined {
  const above = dirname(folder);
  try {
    return above === folder ? undefined : findCheckout(above);
  } catch {
    // This is only a hint, so an unreadable folder is skipped.
    return undefined;
  }
}
