/** Finds the git repositories under given folders. Links are not followed, and repositories are not looked into. */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DoiError } from '../domain/errors.js';
import type { FoundGit } from '../inputs/probe/git-folders.js';
import { enclosingRepository, inspectFolder } from './find-checkout.js';
import { realFolder } from './real-folder.js';

export interface FoundRepository {
  /** The real, absolute path. */
  readonly path: string;
  readonly name: string;
}

export interface SkippedFolder {
  readonly path: string;
  readonly why: string;
  /** What to do, where that is known. */
  readonly remedy?: string;
}

export interface Discovery {
  readonly repositories: readonly FoundRepository[];
  readonly skipped: readonly SkippedFolder[];
}

/** What git keeps in a bare repository; people put worktrees beside these. */
const BARE_FOLDERS: readonly string[] = ['objects', 'refs', 'hooks', 'info', 'logs', 'modules', 'worktrees'];

/** How many folders below a given one are looked at. */
export const DISCOVERY_DEPTH = 3;

/**
 * Looks at each path and, to a depth, below it. A checkout is a repository to register, linked worktrees too; below
 * a repository without a checkout there may be some. Dot folders and node_modules are not entered.
 * @param depth 0 looks at the paths alone.
 * @returns both lists sorted by path, each path once.
 * @throws {DoiError} `not_a_folder`; `no_repositories` where there is none at all.
 */
export async function discoverRepositories(
  paths: readonly string[],
  depth: number = DISCOVERY_DEPTH,
): Promise<Discovery> {
  const roots = [...new Set(await Promise.all(paths.map(realFolder)))].sort();
  const found = new Map<string, FoundRepository>();
  const skipped = new Map<string, SkippedFolder>();
  for (const root of roots) {
    for await (const each of walk(root, depth)) {
      if ('why' in each) skipped.set(each.path, each);
      else found.set(each.path, each);
    }
  }
  if (found.size === 0) throw noRepositories(roots, [...skipped.values()], depth);
  return { repositories: sortByPath(found.values()), skipped: sortByPath(skipped.values()) };
}

async function* walk(path: string, depth: number): AsyncGenerator<FoundRepository | SkippedFolder> {
  const entries = await list(path);
  if ('why' in entries) {
    yield entries;
    return;
  }
  const folder = inspect(path);
  if (folder.state === 'found') {
    yield { path, name: basename(path) };
  } else if (folder.state === 'refused') {
    yield { path, why: folder.why, remedy: folder.remedy };
  }
  if (depth === 0 || folder.state === 'found' || (folder.state === 'refused' && !folder.isBare)) return;
  const ofGit = folder.state === 'refused' ? BARE_FOLDERS : [];
  for (const { name } of entries.filter(isEntered))
    if (!ofGit.includes(name)) yield* walk(join(path, name), depth - 1);
}

/** A folder whose files cannot be read is refused: it keeps no other from being found. */
function inspect(path: string): FoundGit {
  try {
    return inspectFolder(path);
  } catch (error) {
    if (!(error instanceof DoiError) || error.kind === 'host') throw error;
    return { state: 'refused', why: error.message, remedy: error.remedy, isBare: false };
  }
}

async function list(path: string): Promise<Dirent[] | SkippedFolder> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { path, why: `It could not be read (${code ?? 'unknown error'}).` };
  }
}

function isEntered(entry: Dirent): boolean {
  return entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules';
}

function sortByPath<T extends { readonly path: string }>(items: Iterable<T>): T[] {
  return [...items].sort((one, other) => (one.path < other.path ? -1 : one.path > other.path ? 1 : 0));
}

function noRepositories(
  roots: readonly string[],
  skipped: readonly SkippedFolder[],
  depth: number,
): DoiError {
  const where = roots.join(', ');
  const [first] = skipped;
  const found =
    first === undefined
      ? `No git repository at ${where}${depth > 0 ? ` or up to ${depth} folders below` : ''}.`
      : `No git repository to judge at ${where}. ${first.path}: ${first.why}`;
  if (first?.remedy !== undefined) return new DoiError('no_repositories', found, first.remedy);
  const enclosing = roots.map(enclosingRepository).find((root) => root !== undefined);
  if (enclosing !== undefined)
    return new DoiError('no_repositories', found, `${enclosing} is the repository's root: give that path.`);
  const remedy =
    depth > 0
      ? 'Give a folder that holds .git, or one above it.'
      : 'Give the folder that holds .git, or a folder above it with --discover.';
  return new DoiError('no_repositories', found, remedy);
}
