/** Finds the git repositories below given folders, and lists those that it skips. It follows no links. */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { bytePath, isInside } from '../checkout/byte-path.js';
import { enclosingRepository, inspectFolder } from '../checkout/find-checkout.js';
import { type FoundGit, isRepository } from '../checkout/find-git.js';
import { realFolder } from '../checkout/real-folder.js';
import { DoiError } from '../domain/errors.js';

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
  /** The folders too deep to be entered; null where there are none. */
  readonly deeper: Deeper | null;
}

interface Deeper {
  readonly count: number;
  readonly first: string;
}

/** The folders of git in a bare repository; people put worktrees beside them. */
const BARE_FOLDERS: readonly string[] = ['objects', 'refs', 'hooks', 'info', 'logs', 'modules', 'worktrees'];

/** How many levels of folders below a given one are read by default. */
export const DISCOVERY_DEPTH = 3;

/** How many folders are read to find repositories within others: within one, and about how many in all (some seconds). */
const MOST_WITHIN = { one: 500, all: 20_000 };

/**
 * Searches each path and, to a depth, the folders below it. A checkout is a repository to register, and so is a linked
 * worktree; below a bare repository there may be checkouts. Repositories within repositories and those in dot folders are
 * skipped and listed, since mostly a program put them there. In a dot folder only the folders directly in it are searched.
 * node_modules is not entered. A given path without any repository is listed as skipped too.
 * @param depth 0 searches only the paths themselves
 * @returns both lists sorted by path, each path once
 * @throws {DoiError} `not_a_folder`; `no_repositories` where there is none at all
 */
export async function discoverRepositories(
  paths: readonly string[],
  depth: number = DISCOVERY_DEPTH,
): Promise<Discovery> {
  const roots = [...new Set(await Promise.all(paths.map(realFolder)))].sort();
  const found = new Map<string, FoundRepository>();
  const skipped = new Map<string, SkippedFolder>();
  const deeper = new Set<string>();
  for (const root of roots) {
    for await (const each of walk(root, depth)) {
      if ('why' in each) skipped.set(each.path, each);
      else if ('name' in each) found.set(each.path, each);
      else deeper.add(each.path);
    }
  }
  const most = Math.min(MOST_WITHIN.one, Math.ceil(MOST_WITHIN.all / found.size));
  for (const { path } of found.values()) {
    const levels = levelsWithin(path, roots, depth);
    for await (const each of listWithin(path, { levels, most })) skipped.set(each.path, each);
  }
  if (found.size === 0) throw noRepositories(roots, [...skipped.values()], depth);
  const names = [...found.keys()];
  for (const root of roots) {
    if (skipped.has(root) || names.some((path) => isInside(root, path))) continue;
    skipped.set(root, describeNoRepository(root, depth));
  }
  // A given path is registered even if it is within another repository.
  for (const path of found.keys()) skipped.delete(path);
  const [first] = [...deeper].sort();
  return {
    repositories: sortByPath(found.values()),
    skipped: sortByPath(skipped.values()),
    deeper: depth === 0 || first === undefined ? null : { count: deeper.size, first },
  };
}

/**
 * How many levels of folders below a found path are still to be read.
 * @param roots sorted, so that the last one that contains the path is the nearest
 */
export function levelsWithin(path: string, roots: readonly string[], depth: number): number {
  const root = roots.findLast((one) => isInside(one, path)) ?? path;
  return depth - relative(root, path).split('/').filter(Boolean).length;
}

/** A folder too deep to be entered. */
interface DeepFolder {
  readonly path: string;
}

async function* walk(
  path: string,
  depth: number,
): AsyncGenerator<FoundRepository | SkippedFolder | DeepFolder> {
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
  if (folder.state === 'found' || (folder.state === 'refused' && !folder.isBare)) return;
  // A folder whose `.git` leads to a bare repository has none of git's folders itself: such names are worktrees there.
  const isBareItself = folder.state === 'refused' && isRepository(bytePath(path));
  const ofGit = isBareItself ? BARE_FOLDERS : [];
  const below = entries.filter((entry) => isEntered(entry) && !ofGit.includes(entry.name));
  for (const { name } of below) {
    if (depth === 0) yield { path: join(path, name) };
    else yield* walk(join(path, name), depth - 1);
  }
  for (const { name } of entries.filter(isDotFolder)) {
    const dot = join(path, name);
    for await (const each of findInDotFolder(dot, depth, { left: MOST_WITHIN.one })) {
      const why = each === dot ? 'Its name begins' : `It is in ${dot}, whose name begins`;
      yield { path: each, why: `${why} with a dot. ${GIVE_PATH}` };
    }
  }
}

/** A folder whose files cannot be read is refused, so that the others are still found. */
function inspect(path: string): FoundGit {
  try {
    return inspectFolder(path);
  } catch (error) {
    if (!(error instanceof DoiError) || error.kind === 'host') throw error;
    return { state: 'refused', why: error.message, remedy: error.remedy, isBare: false };
  }
}

/** Lists the repositories within a repository, level by level, and those in dot folders last. */
async function* listWithin(
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
      const isFound = entries.some(({ name }) => name === '.git') && inspect(path).state === 'found';
      if (path !== repository && isFound) {
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
async function* findInDotFolder(
  path: string,
  levels: number,
  budget: { left: number },
): AsyncGenerator<string> {
  if (levels < 1 || budget.left === 0) return;
  budget.left -= 1;
  const { state } = inspect(path);
  if (state === 'found') yield path;
  if (state !== 'none' || levels < 2) return;
  const entries = await list(path);
  if ('why' in entries) return;
  for (const entry of entries)
    if (isEntered(entry) || isDotFolder(entry)) yield* findInDotFolder(join(path, entry.name), 1, budget);
}

const GIVE_PATH = 'Give its own path to register it.';

function isDotFolder(entry: Dirent): boolean {
  return entry.isDirectory() && entry.name.startsWith('.') && entry.name !== '.git';
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
  return new DoiError('no_repositories', found, remedyFor(roots, depth));
}

/** A given path without a repository, where another given path has one. */
function describeNoRepository(root: string, depth: number): SkippedFolder {
  const why =
    depth > 0
      ? `There is no git repository to register, nor up to ${depth} folders below.`
      : 'It is not a git repository: it contains no .git.';
  return { path: root, why, remedy: remedyFor([root], depth) };
}

function remedyFor(roots: readonly string[], depth: number): string {
  const enclosing = roots.map(enclosingRepository).find((root) => root !== undefined);
  if (enclosing !== undefined) return `${enclosing} is the repository's root: give that path.`;
  return depth > 0
    ? 'Give a folder that contains .git, or one above it; "doi register PATH --depth N" reads more levels.'
    : 'Give the folder that contains .git, or a folder above it with --discover.';
}
