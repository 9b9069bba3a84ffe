/** The repository that a folder lies in. */
import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The nearest folder above this one that holds a `.git` folder; undefined where there is none that can be seen. */
export async function enclosingRepository(folder: string): Promise<string | undefined> {
  for (let at = dirname(folder), below = folder; at !== below; below = at, at = dirname(at)) {
    if (await holdsGit(at)) return at;
  }
  return undefined;
}

async function holdsGit(folder: string): Promise<boolean> {
  try {
    return (await lstat(join(folder, '.git'))).isDirectory();
  } catch {
    // Only a hint is looked for: what cannot be seen cannot be named.
    return false;
  }
}
