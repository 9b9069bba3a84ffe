/** Finds the git repositories below given folders, and lists those that it skips. It follows no links. */
import { basename, join, relative } from 'node:path';
import { isInside } from '../checkout/byte-path.js';
import { enclosingRepository } from '../checkout/find-checkout.js';
import { GIVE_WORKTREE } from '../checkout/find-git.js';
import { realFolder } from '../checkout/real-folder.js';
import { DoiError } from '../domain/errors.js';
import {
  findInDotFolder,
  GIVE_PATH,
  inspect,
  isDotFolder,
  isEntered,
  isWanted,
  list,
  listWithin,
  MOST_WITHIN,
  type SkippedFolder,
} from './repositories-within.js';

export type { SkippedFolder } from './repositories-within.js';

export interface FoundRepository {
  /** The real, absolute path. */
  readonly path: string;
  readonly name: string;
  readonly isBare: boolean;
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

/**
 * Searches each path and, to a depth, the folders below it. A checkout is a repository to register, and so are a linked
 * worktree and a bare repository. One that has worktrees is registered only where it is given itself, with depth 0; else
 * those of its worktrees are that lie below. Repositories within repositories and those in dot folders are
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
    for await (const each of walk(root, depth, depth === 0)) {
      if ('why' in each) skipped.set(each.path, each);
      else if ('name' in each) found.set(each.path, each);
      else deeper.add(each.path);
    }
  }
  const most = Math.min(MOST_WITHIN.one, Math.ceil(MOST_WITHIN.all / found.size));
  for (const { path, isBare } of found.values()) {
    // Thousands of git's own folders.
    if (isBare) continue;
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

/** @param isGiven whether a bare repository is registered even if it has worktrees */
async function* walk(
  path: string,
  depth: number,
  isGiven = false,
): AsyncGenerator<FoundRepository | SkippedFolder | DeepFolder> {
  const entries = await list(path);
  if ('why' in entries) {
    yield entries;
    return;
  }
  const folder = inspect(path);
  const { state } = folder;
  if (isWanted(folder) || (isGiven && state === 'bare')) {
    yield { path, name: basename(path), isBare: state === 'bare' };
    return;
  }
  if (state === 'bare') yield { path, ...FOR_WORKTREES };
  if (state === 'refused') yield { path, why: folder.why, remedy: folder.remedy };
  if (state === 'refused' && !folder.isBare) return;
  // A folder whose `.git` leads to a bare repository has none of git's folders itself: such names are worktrees there.
  const ofGit = state === 'bare' ? BARE_FOLDERS : [];
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

const FOR_WORKTREES = {
  why: 'It is a bare repository that has worktrees, which are registered where they are found.',
  remedy: `${GIVE_WORKTREE} To register the bare repository itself, give its own path without --discover.`,
};

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
      : 'It is not a git repository: it contains no .git, and is no bare repository.';
  return { path: root, why, remedy: remedyFor([root], depth) };
}

function remedyFor(roots: readonly string[], depth: number): string {
  const enclosing = roots.map(enclosingRepository).find((root) => root !== undefined);
  if (enclosing !== undefined) return `${enclosing} is the repository's root: give that path.`;
  return depth > 0
    ? 'Give a folder that contains .git, a bare repository, or a folder above; "doi register PATH --depth N" reads more levels.'
    : 'Give the folder that contains .git, a bare repository, or a folder above with --discover.';
}
