/**
 * Finds which files a checkout's last commit or its index has. Promise: git reads neither the checkout's configuration nor
 * its attributes, and starts no further program: it is run in an empty repository, with the checkout's objects and index.
 */
import { dirname } from 'node:path';
import { type Environment, NO_ISOLATION } from '../checker/isolation.js';
import { runSubprocess } from '../checker/run-subprocess.js';
import { type BytePath, joinPath, toBytes, toText } from '../checkout/byte-path.js';
import { lstat } from '../checkout/file-calls.js';
import { findGit } from '../checkout/find-git.js';
import { type GitFolders, readGitConfig } from '../checkout/git-config.js';
import { readHead } from '../checkout/read-head.js';
import { formatOf, type ObjectFormat } from '../domain/object-id.js';
import { findProgram } from '../platform/process/find-program.js';
import { openScratchFolder } from '../platform/process/scratch-folder.js';
import { makeEmptyRepository } from './objects/empty-repository.js';
import { NEUTRAL_VARIABLES } from './objects/run-git.js';

/** Which of the paths git has. */
export interface KnownTracked {
  readonly state: 'known';
  /** Those that the folder should have. */
  readonly paths: readonly string[];
  /** Those that a sparse checkout leaves out, or whose folder it leaves out in part: git has them, and they were not deleted. */
  readonly sparse: readonly string[];
  /** All files that git has of their folders below the root. */
  readonly below: readonly string[];
  /** The files that the index has; the others are in the last commit alone. */
  readonly indexed: readonly string[];
}

/** It could not be found out. */
export interface UnknownTracked {
  readonly state: 'unknown';
  /** The reason, as a clause. */
  readonly why: string;
  readonly remedy: string;
}

export type Tracked = KnownTracked | UnknownTracked;

const TIMEOUT_MS = 20_000;
const VARIABLES = { ...NEUTRAL_VARIABLES, GIT_LITERAL_PATHSPECS: '1' } as const;

/**
 * Finds which of some paths are in the last commit or in the index.
 * @param realRoot the real path of the checkout's folder
 * @param paths relative to it
 * @throws {DoiError} `file_unreadable`, `host_exhausted`
 */
export async function findTracked(
  realRoot: BytePath,
  paths: readonly string[],
  environment: Environment,
): Promise<Tracked> {
  if (findProgram('git', environment['PATH'] ?? '') === undefined)
    return unknown('git is not on the PATH', 'Install git, or give --yes.');
  const found = findGit(realRoot);
  if (found.state !== 'found')
    return unknown('the folder is no checkout of git', 'Give a checkout of git, or give --yes.');
  const { git } = found;
  const { branch, commit } = readHead(realRoot);
  if (branch === null && commit === null)
    return unknown('its HEAD names neither a branch nor a commit', 'Check out a branch, or give --yes.');
  const folders = [git.own, git.shared];
  if (folders.some((folder) => !Buffer.from(toText(folder)).equals(toBytes(folder))))
    return unknown(
      'the path of its .git is not UTF-8 text',
      'Move it to a path of plain text, or give --yes.',
    );
  const scratch = await openScratchFolder();
  try {
    const format = commit === null ? readFormat(git) : formatOf(commit);
    const shell = await makeEmptyRepository(await scratch.make('tracked'), format);
    const ask = (args: readonly string[], of: readonly string[]) =>
      askGit([...args, '--', ...of], { shell, git, environment });
    const parents = paths.map((path) => dirname(path)).filter((folder) => folder !== '.');
    const hasIndex = lstat(joinPath(git.own, 'index')) !== undefined;
    const asked = [...new Set([...paths, ...parents])];
    const index = hasIndex ? await ask(['ls-files', '-z', '-t', '--cached'], asked) : [];
    // A branch without a commit: nothing is committed yet.
    const tree = commit === null ? [] : await ask(['ls-tree', '-r', '-z', '--name-only', commit], asked);
    if (index === undefined || tree === undefined)
      return unknown('git could not read it', 'See what "git status" says there, or give --yes.');
    return sortOut(paths, index, tree);
  } finally {
    await scratch.close();
  }
}

function unknown(why: string, remedy: string): UnknownTracked {
  return { state: 'unknown', why, remedy };
}

/** @param index the files of the index, each after the tag of its state and a space */
function sortOut(paths: readonly string[], index: readonly string[], tree: readonly string[]): KnownTracked {
  // The tag S: git does not expect it in the folder.
  const leftOut = index.filter((entry) => entry.startsWith('S ')).map((entry) => entry.slice(2));
  const folders = new Set(leftOut.map((name) => dirname(name)));
  const sparse = paths.filter(
    (path) => leftOut.includes(path) || (dirname(path) !== '.' && folders.has(dirname(path))),
  );
  const indexed = index.map((entry) => entry.slice(2)).filter((name) => name !== '');
  const names = new Set([...indexed, ...tree]);
  return {
    state: 'known',
    paths: paths.filter((path) => names.has(path) && !sparse.includes(path)),
    sparse,
    below: [...names].filter((name) => name.includes('/')),
    indexed,
  };
}

function readFormat(git: GitFolders): ObjectFormat {
  const isSha256 = readGitConfig(git).settings.some(
    ({ section, key, value }) => section === 'extensions' && key === 'objectformat' && value === 'sha256',
  );
  return isSha256 ? 'sha256' : 'sha1';
}

interface Asked {
  readonly shell: string;
  readonly git: GitFolders;
  readonly environment: Environment;
}

/** @returns the paths that git printed; undefined where it failed */
async function askGit(
  args: readonly string[],
  { shell, git, environment }: Asked,
): Promise<string[] | undefined> {
  const { code, why, stdout } = await runSubprocess({
    argv: ['git', ...args],
    cwd: shell,
    environment,
    variables: {
      ...VARIABLES,
      GIT_DIR: shell,
      GIT_OBJECT_DIRECTORY: `${toText(git.shared)}/objects`,
      GIT_INDEX_FILE: `${toText(git.own)}/index`,
    },
    isolation: NO_ISOLATION,
    timeoutMs: TIMEOUT_MS,
  });
  return code === 0 && why === 'exited' ? stdout.head.split('\0') : undefined;
}
