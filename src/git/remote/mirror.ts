/**
 * The folders of mirrors: `<root>/<installation>/<repository>.git`. Promise: a mirror stands under its name only when it is
 * complete, so that a kill at any moment leaves nothing half made there.
 */
import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { access, constants, lstat, mkdir, readdir, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DoiError } from '../../domain/errors.js';
import { isGone } from '../../platform/file-errors.js';
import { isMarkAlive, ownMark } from '../../platform/process/process-mark.js';
import { removeTree } from '../../platform/process/scratch-folder.js';
import { readSettings } from './mirror-files.js';

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const FLOOR_BYTES = 2 ** 20;
const MAX_GROWTH = 3;
const MAX_PACKS = 50;

export interface MirrorSize {
  /** Of all its files. */
  readonly bytes: number;
  readonly packs: number;
}

/** The ids of the repositories of which that folder has a mirror. */
export async function listMirrors(root: string, installation: string): Promise<string[]> {
  const names = await namesIn(join(root, installation));
  return names.flatMap((name) => {
    const id = name.endsWith('.git') ? name.slice(0, -'.git'.length) : '';
    return ID.test(id) ? [id] : [];
  });
}

/** Makes the folder of mirrors, and tries whether this user may write there. @throws errors of the file system */
export async function requireWritable(parent: string): Promise<void> {
  await mkdir(parent, { recursive: true });
  await access(parent, constants.W_OK | constants.X_OK);
}

/** Removes a mirror: first its name, so that what remains after a kill is a temporary folder. */
export async function removeMirror(folder: string): Promise<void> {
  const away = temporaryBeside(folder);
  if (await renameIfThere(folder, away)) await removeTree(away);
}

/** A new name beside a mirror, by which {@link removeTemporary} finds the process that made it. */
export function temporaryBeside(folder: string): string {
  return join(dirname(folder), `.tmp-${ownMark()}-${randomBytes(6).toString('hex')}`);
}

/**
 * Puts a complete mirror under its name. For a moment, a reader finds none there.
 * @throws {DoiError} as {@link requireReplaceable}
 */
export async function putInPlace(temporary: string, folder: string): Promise<void> {
  await requireReplaceable(folder);
  await mkdir(dirname(folder), { recursive: true });
  const old = temporaryBeside(folder);
  const hadOld = await renameIfThere(folder, old);
  await rename(temporary, folder);
  if (hadOld) await removeTree(old);
}

// What git and this program write into a mirror. A repository that a person made has more, such as `description`.
const OWN = /^(?:HEAD|config|objects|refs|shallow|FETCH_HEAD|\.new-.*|.*\.lock)$/;

/**
 * Refuses a place that holds anything but a mirror of ours, be it damaged: the registry may name a person's folder there.
 * @throws {DoiError} `remote_failed`
 */
export async function requireReplaceable(folder: string): Promise<void> {
  const stat = await lstatIfThere(folder);
  if (stat === undefined) return;
  const names = stat.isDirectory() ? await namesIn(folder) : undefined;
  if (names?.length === 0) return;
  if (names !== undefined && (await readSettings(folder)) !== undefined) return;
  const isSkeleton = ['objects', 'refs'].every((name) => names?.includes(name));
  if (isSkeleton && names?.every((name) => OWN.test(name))) return;
  const found = `The mirror was not made, since ${folder} is there and is no mirror that this program made.`;
  const remedy = 'Move it elsewhere, or correct the path that the registry names for the mirror.';
  throw new DoiError('remote_failed', found, remedy);
}

// The longest that making a mirror may take is less than half of that.
const FORGOTTEN_MS = 3_600_000;

/** Removes the temporary folders that processes left which are gone. @param parent the folder of the mirrors */
export async function removeTemporary(parent: string): Promise<void> {
  for (const name of await namesIn(parent)) {
    if (!name.startsWith('.tmp-')) continue;
    const isAlive = isMarkAlive(/^\.tmp-(.+)-[\da-f]+$/.exec(name)?.[1] ?? '');
    const path = join(parent, name);
    // Of a process in another container, only the age of what it made is known.
    if (isAlive === false || (isAlive === undefined && (await isOlder(path, FORGOTTEN_MS))))
      await removeTree(path);
  }
}

async function isOlder(path: string, ms: number): Promise<boolean> {
  try {
    return (await lstat(path)).mtimeMs < Date.now() - ms;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/** What git leaves in a repository when it is killed: locks, and packs that it had begun. */
const LEFT = /\.lock$|^\.new-|^objects\/(?:.*\/)?(?:tmp_|\.tmp-|incoming-)/;

// No git that runs now has left what it writes alone for so long: no fetch may take longer.
const LEFT_MS = 900_000;

/** The paths of what a git in a mirror writes now, or has left. */
export async function listUnfinished(folder: string): Promise<readonly string[]> {
  return (await filesBelow(folder)).filter((path) => LEFT.test(path.slice(folder.length + 1)));
}

/**
 * Removes what a git that was killed left in a mirror, and nothing that the git of another process writes now.
 * @param others what was there before this process started its git; undefined where it has started none, so that only the age
 *   says what was left
 * @returns the size of the largest of what was not there before, in bytes
 */
export async function removeLeftovers(folder: string, others?: readonly string[]): Promise<number> {
  let largest = 0;
  for (const path of await listUnfinished(folder)) {
    const isOwn = others !== undefined && !others.includes(path);
    try {
      const { mtimeMs, size } = await lstat(path);
      if (isOwn) largest = Math.max(largest, size);
      if (isOwn || mtimeMs < Date.now() - LEFT_MS) await unlink(path);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
  return largest;
}

/** Removes all branches of a mirror but one: those that it followed before. */
export async function removeOtherBranches(folder: string, branch: string): Promise<void> {
  const heads = join(folder, 'refs/heads');
  for (const path of await filesBelow(heads)) {
    if (path !== join(heads, branch) && !path.endsWith('.lock')) await rm(path, { force: true });
  }
}

/** Whether a mirror has a branch beside which another cannot be: `fix` and `fix/it`, in either order. */
export async function hasClash(folder: string, branch: string): Promise<boolean> {
  const heads = join(folder, 'refs/heads');
  const wanted = join(heads, branch);
  return (await filesBelow(heads)).some(
    (path) => !path.endsWith('.lock') && (path.startsWith(`${wanted}/`) || wanted.startsWith(`${path}/`)),
  );
}

/** The size of a mirror; undefined where it lacks objects or a pack lacks its index. */
export async function measureMirror(folder: string): Promise<MirrorSize | undefined> {
  let bytes = 0;
  let objects = 0;
  const packs = new Set<string>();
  const indexes = new Set<string>();
  for (const path of await filesBelow(folder)) {
    const size = await sizeOf(path);
    bytes += size;
    if (path.startsWith(join(folder, 'objects/'))) objects += 1;
    if (size === 0 && /\.(?:pack|idx)$/.test(path)) return undefined;
    if (path.endsWith('.pack')) packs.add(path.slice(0, -'.pack'.length));
    if (path.endsWith('.idx')) indexes.add(path.slice(0, -'.idx'.length));
  }
  const isWhole = objects > 0 && packs.size === indexes.size && [...packs].every((name) => indexes.has(name));
  return isWhole ? { bytes, packs: packs.size } : undefined;
}

/** Whether a mirror has gathered so much that making it again saves room. @param firstBytes its size when it was made */
export function isGrown(firstBytes: number, { bytes, packs }: MirrorSize): boolean {
  return packs > MAX_PACKS || bytes > MAX_GROWTH * Math.max(firstBytes, FLOOR_BYTES);
}

async function sizeOf(path: string): Promise<number> {
  return (await lstatIfThere(path))?.size ?? 0;
}

async function lstatIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

async function renameIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}
