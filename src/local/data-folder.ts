/**
 * The data folder of `npm start`: where it is, that no other user can change it, and the secrets in it. Another user who
 * prepared the folder or can change it could make root overwrite any file through a link, or use a password they know.
 */
import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { DoiError } from '../domain/errors.js';
import { installation } from '../platform/process/installation.js';
import { packageRoot } from '../platform/process/package-root.js';

/** What decides whether a file or folder can be trusted. */
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
 * Creates the folder if it is missing, and checks that no other user can change it, what is directly in it, or the folders
 * above it.
 * @param servers users that a server here may have run as, and so may own files in it
 * @throws {DoiError} `bad_configuration`, naming what cannot be trusted
 */
export async function ownFolder(dir: string, servers: readonly number[] = []): Promise<void> {
  // A system without user ids has no owners to check.
  if (me === undefined) {
    await mkdir(dir, { recursive: true });
    return;
  }
  await checkPath(dir, { make: true, owners: [me] });
  const owners = [...trusted().uids, ...servers];
  for (const name of await readdir(dir)) await checkPath(join(dir, name), { make: false, owners });
}

/**
 * Checks that only this user, root, or the owner of the running code can have written a file.
 * @returns whether the file exists
 * @throws {DoiError} `bad_configuration`, naming what cannot be trusted
 */
export async function isOwnFile(file: string): Promise<boolean> {
  return me === undefined || checkPath(file, { make: false, owners: trusted().uids });
}

/** Turns an error of a file in the data folder, or of a folder above it, into one that names the setting; returns others. */
export function dataFolderError(error: unknown, dir: string): unknown {
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  const isOnTheWay = path !== undefined && (isBelow(path, dir) || isBelow(dir, path));
  // An error of a write names no file.
  const isFull = path === undefined && syscall === 'write' && (code === 'ENOSPC' || code === 'EDQUOT');
  if (error instanceof DoiError || !(isOnTheWay || isFull)) return error;
  const found = `The data folder ${dir} cannot be used: ${code}${path === undefined ? '' : ` at ${path}`}.`;
  const remedy = 'Let this user write there, free some space, or set DOI_DATA (or --data) to another folder.';
  return new DoiError('bad_configuration', found, remedy, { cause: error });
}

function isBelow(path: string, folder: string): boolean {
  return `${path}${sep}`.startsWith(folder + sep);
}

interface Rules {
  /** Whether missing folders are created. */
  readonly make: boolean;
  /** The users who may own the target of the path. */
  readonly owners: readonly number[];
}

/**
 * Follows a path part by part, links too, and checks that no untrusted user can have changed or can change where it
 * leads. So what is opened later is what was checked here.
 * @returns whether the target exists
 */
async function checkPath(path: string, rules: Rules): Promise<boolean> {
  const whole = resolve(path);
  // A user who can change the folder of the code can do anything already.
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
    // Another process was faster: the second lstat shows who owns the folder.
    if (error.code !== 'EEXIST') throw error;
  });
  return find();
}

/** A sticky folder such as /tmp is accepted: in it no user can delete or rename what another user owns. */
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

/** This user, root (which has another id in a user namespace), and the owner of the running code. */
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
    'Run as the user who owns it, or set DOI_DATA (or --data) to a folder that only you can write, below folders of yours or of root.',
  );
}

/**
 * Reads a password from a file that only its owner may read, or makes a random one. It has only letters, digits, `-` and
 * `_`, so that a URL can hold it without encoding.
 */
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

/** The folder that `npm start` uses by default: in a clone beside the code, and not in git. */
export const localDataDir: string = installation.dataDir;
