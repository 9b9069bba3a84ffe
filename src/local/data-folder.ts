/**
 * Makes sure that a data folder and what lies in it are this user's own. Another user who prepared or can change it could
 * have root overwrite any file by a link, or take a password that he knows.
 */
import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { DoiError } from '../domain/errors.js';
import { packageRoot } from '../platform/process/package-root.js';

/** What of a file's description decides. */
interface Entry {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly nlink: number;
  isSymbolicLink(): boolean;
  isFile(): boolean;
}

const LONGEST_CHAIN = 40;
const WORLD_WRITES = 0o002;
const GROUP_WRITES = 0o020;
const STICKY = 0o1000;

const me = process.getuid?.();

/**
 * Makes the folder where it is missing, and makes sure that it, what lies directly in it and the way to it are ours.
 * @param servers the users that a server here may run as, and may have left files as
 * @throws {DoiError} `bad_configuration`, naming what is not ours
 */
export async function ownFolder(dir: string, servers: readonly number[] = []): Promise<void> {
  // A system without users' numbers has no owners either.
  if (me === undefined) {
    await mkdir(dir, { recursive: true });
    return;
  }
  await checkPath(dir, { make: true, owners: [me] });
  const owners = [...trusted().uids, ...servers];
  for (const name of await readdir(dir)) await checkPath(join(dir, name), { make: false, owners });
}

/**
 * Makes sure that a file can have been written by nobody but us, root, or whoever owns the code that runs here.
 * @returns whether it is there
 * @throws {DoiError} `bad_configuration`, naming what is not ours
 */
export async function isOwnFile(file: string): Promise<boolean> {
  return me === undefined || checkPath(file, { make: false, owners: trusted().uids });
}

/** An error of a file of the data folder, or on the way to it, as one that names the setting; any other error as it is. */
export function dataFolderError(error: unknown, dir: string): unknown {
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  const isOnTheWay = path !== undefined && (isBelow(path, dir) || isBelow(dir, path));
  // A write names no file.
  const isFull = path === undefined && syscall === 'write' && (code === 'ENOSPC' || code === 'EDQUOT');
  if (error instanceof DoiError || !(isOnTheWay || isFull)) return error;
  const found = `The data folder ${dir} cannot be used: ${code}${path === undefined ? '' : ` at ${path}`}.`;
  const remedy = 'Let this user write there, make room, or set DOI_DATA (or --data) to another folder.';
  return new DoiError('bad_configuration', found, remedy, { cause: error });
}

function isBelow(path: string, folder: string): boolean {
  return `${path}${sep}`.startsWith(folder + sep);
}

interface Rules {
  /** Whether folders that are missing are made. */
  readonly make: boolean;
  /** Who may own what the path leads to. */
  readonly owners: readonly number[];
}

/**
 * Follows a path part by part, links too, and makes sure that nobody who is not trusted can have changed or can change
 * where it leads: so what is checked here is what is opened later.
 * @returns whether the end is there
 */
async function checkPath(path: string, rules: Rules): Promise<boolean> {
  const whole = resolve(path);
  // Whoever can change the folder of the code can do anything already.
  let at = whole.startsWith(packageRoot + sep) ? packageRoot : sep;
  const parts = partsOf(whole.slice(at.length));
  let links = 0;
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const next = part === '..' ? dirname(at) : join(at, part);
    const entry = await lstatOrMake(next, rules.make);
    if (entry === undefined) return false;
    if (entry.isSymbolicLink()) {
      links += 1;
      if (!trusted().uids.includes(entry.uid))
        throw untrusted(next, `is a link of another user (${entry.uid})`);
      if (links > LONGEST_CHAIN) throw untrusted(next, 'leads through too many links');
      const target = await readlink(next);
      if (target.startsWith(sep)) at = sep;
      parts.unshift(...partsOf(target));
      continue;
    }
    at = next;
    if (parts.length > 0) checkOnTheWay(next, entry);
    else checkTarget(next, entry, rules.owners);
  }
  return true;
}

function partsOf(path: string): string[] {
  return path.split(sep).filter((part) => part !== '' && part !== '.');
}

async function lstatOrMake(path: string, make: boolean): Promise<Entry | undefined> {
  const find = () =>
    lstat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
  const found = await find();
  if (found !== undefined || !make) return found;
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    // Somebody was faster: who, is seen now.
    if (error.code !== 'EEXIST') throw error;
  });
  return find();
}

/** In a sticky folder such as /tmp nobody can take away or rename what is another's. */
function checkOnTheWay(path: string, entry: Entry): void {
  if (!trusted().uids.includes(entry.uid)) throw untrusted(path, `belongs to another user (${entry.uid})`);
  if (canBeWrittenByOthers(entry) && (entry.mode & STICKY) === 0)
    throw untrusted(path, 'can be written by other users');
}

function checkTarget(path: string, entry: Entry, owners: readonly number[]): void {
  if (!owners.includes(entry.uid)) throw untrusted(path, `belongs to another user (${entry.uid})`);
  if (canBeWrittenByOthers(entry)) throw untrusted(path, 'can be written by other users');
  if (entry.isFile() && entry.nlink > 1) throw untrusted(path, 'has a second name elsewhere (a hard link)');
}

function canBeWrittenByOthers({ mode, gid }: Entry): boolean {
  return (mode & WORLD_WRITES) !== 0 || ((mode & GROUP_WRITES) !== 0 && !trusted().gids.includes(gid));
}

interface Trusted {
  readonly uids: readonly number[];
  readonly gids: readonly number[];
}

let known: Trusted | undefined;

/** Us, root (who in a user namespace has another number), and the owner of the code that runs here. */
function trusted(): Trusted {
  if (known === undefined) {
    const trees = [sep, packageRoot].map((path) => statSync(path));
    known = {
      uids: [process.getuid?.() ?? 0, 0, ...trees.map(({ uid }) => uid)],
      gids: [process.getgid?.() ?? 0, 0, ...trees.map(({ gid }) => gid)],
    };
  }
  return known;
}

function untrusted(path: string, why: string): DoiError {
  return new DoiError(
    'bad_configuration',
    `${path}, of the data folder, ${why}: what it holds cannot be trusted.`,
    'Be the user that it belongs to, or set DOI_DATA (or --data) to a folder that only you can write, below folders of yours or of root.',
  );
}

/* A random password that is kept in a file which only its owner may read. */

/** Reads the password, or makes one. Letters, digits, `-` and `_` only, so that it stands in URLs as it is. */
export async function readOrMakeSecret(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const secret = randomBytes(24).toString('base64url');
  await writeFile(file, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  return secret;
}

/* Where `npm start` keeps its data. */

/** The folder of the built-in servers' data, beside the code and not in git. */
export const localDataDir: string = join(packageRoot, '.doi');
