/** The remote of a checkout that a person named, as far as the checkout itself can tell. */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { DoiError } from '../domain/errors.js';
import { enclosingRepository } from '../registry/enclosing-repository.js';
import { readRemoteUrl } from '../registry/read-git-remote.js';

/**
 * The remote as it stands there, which is judged and not shown.
 * @returns null where there is no remote; undefined where `.git` is a file, as in a linked worktree or a submodule: it
 * leads to another folder, which is not read.
 * @throws {DoiError} `not_a_repository` for a folder within a repository.
 */
export async function findRemote(path: string): Promise<string | null | undefined> {
  const git = await kindOfGit(path);
  if (git === 'folder') return readRemoteUrl(path);
  if (git === 'other') return undefined;
  const root = await enclosingRepository(path);
  if (root === undefined) return null;
  const found = `${path} is a folder within the repository ${root}.`;
  throw new DoiError('not_a_repository', found, `Give the repository's root: ${root}`);
}

async function kindOfGit(path: string): Promise<'folder' | 'other' | 'none'> {
  try {
    return (await lstat(join(path, '.git'))).isDirectory() ? 'folder' : 'other';
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'none';
    const found = `${join(path, '.git')} could not be looked at (${code}).`;
    throw new DoiError('file_unreadable', found, 'Give the user that runs this the right to read it.', {
      cause: error,
    });
  }
}
