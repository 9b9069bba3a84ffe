/** Lists the git repositories within a repository and in dot folders: they are not registered, since mostly a program put them there. */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type FoundFolder, inspectFolder } from '../checkout/find-checkout.js';
import { DoiError } from '../domain/errors.js';

export interface SkippedFolder {
  readonly path: string;
  readonly why: string;
  /** What to do, where that is known. */
  readonly remedy?: string;
}

/** How many folders are read to find repositories within others: within one, and about how many in all (some seconds). */
export const MOST_WITHIN = { one: 500, all: 20_000 };

/** A folder whose files cannot be read is refused, so that the others are still found. */
export function inspect(path: string): FoundFolder {
  try {
    return inspectFolder(path);
  } catch (error) {
    if (!(error instanceof DoiError) || error.kind === 'host') throw error;
    return { state: 'refused', why: error.message, remedy: error.remedy, isBare: false };
  }
}

/** Lists the repositories within a repository, level by level, and those in dot folders last. */
export async function* listWithin(
  repository: string,
  { levels, most }: { readonly levels: number; readonly most: number },
): AsyncGenerator<SkippedFolder> {
  const why = `It is within the repository ${repository}. ${GIVE_PATH}`;
  const budget = { left: most };
  const dots: { readonly path: string; readonly levels: number }[] = [];
  let folders = levels > 0 ? [repository] : [];
  for (let level = 0; level <= levels; level += 1) {
    const next: string[] = [];
    for (const path of folders) {
      if (budget.left === 0) return;
      budget.left -= 1;
      const entries = await list(path);
      if ('why' in entries) continue;
      if (path !== repository && mayBeRepository(entries) && isWanted(inspect(path))) {
        yield { path, why };
        continue;
      }
      next.push(...entries.filter(isEntered).map(({ name }) => join(path, name)));
      for (const { name } of entries.filter(isDotFolder))
        dots.push({ path: join(path, name), levels: levels - level });
    }
    folders = next;
  }
  for (const dot of dots)
    for await (const path of findInDotFolder(dot.path, dot.levels, budget)) yield { path, why };
}

/** The dot folder itself if it is a repository, else those directly in it. @param budget how many folders may be read */
export async function* findInDotFolder(
  path: string,
  levels: number,
  budget: { left: number },
): AsyncGenerator<string> {
  if (levels < 1 || budget.left === 0) return;
  budget.left -= 1;
  const folder = inspect(path);
  if (isWanted(folder)) yield path;
  if (folder.state !== 'none' || levels < 2) return;
  const entries = await list(path);
  if ('why' in entries) return;
  for (const entry of entries)
    if (isEntered(entry) || isDotFolder(entry)) yield* findInDotFolder(join(path, entry.name), 1, budget);
}

export const GIVE_PATH = 'Give its own path to register it.';

/** Whether a folder has one of the entries by which git finds a repository. */
function mayBeRepository(entries: readonly Dirent[]): boolean {
  const names = new Set(entries.map(({ name }) => name));
  return names.has('.git') || ['HEAD', 'objects', 'refs'].every((name) => names.has(name));
}

/** Whether a person may want it registered: a checkout, or a bare repository that is not kept for its worktrees. */
export function isWanted(folder: FoundFolder): boolean {
  return folder.state === 'found' || (folder.state === 'bare' && !folder.hasWorktrees);
}

export function isDotFolder(entry: Dirent): boolean {
  return entry.isDirectory() && entry.name.startsWith('.') && entry.name !== '.git';
}

export async function list(path: string): Promise<Dirent[] | SkippedFolder> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { path, why: `It could not be read (${code ?? 'unknown error'}).` };
  }
}

export function isEntered(entry: Dirent): boolean {
  return entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules';
}
