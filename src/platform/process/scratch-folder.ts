/**
 * Makes the scratch folder of a process. Promise: however a process ended, its scratch folder is gone after the next start
 * of this program by the same user; one of another container after the first start that comes an hour later.
 */
import { execFile } from 'node:child_process';
import { constants, lstatSync } from 'node:fs';
import { chmod, mkdtemp, open, readdir, realpath, rm, rmdir, unlink, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isMarkAlive, ownMark } from './process-mark.js';

const run = promisify(execFile);
// A process renews the time of its folder so often that none who cannot see the process takes the folder for abandoned.
const RENEW_MS = 600_000;
const FORGOTTEN_MS = 3_600_000;
const NAME = /^doi-scratch-(\d+-[\da-f]+-\d+)-/;

export interface ScratchFolder {
  /** Its real path. Other users may pass through it, and not list it. */
  readonly path: string;
  /** Makes an empty folder in it that only this user may enter. @returns its path */
  make(name: string): Promise<string>;
  close(): Promise<void>;
}

/**
 * Makes a scratch folder, and removes those of processes that have ended.
 * @param parent where the folders of all processes lie
 * @throws the file system's own error
 */
export async function openScratchFolder(parent: string = tmpdir()): Promise<ScratchFolder> {
  const real = await realpath(parent);
  await removeAbandoned(real);
  const path = await mkdtemp(join(real, `doi-scratch-${ownMark()}-`));
  await chmod(path, 0o711);
  const renewal = setInterval(() => void renew(path), RENEW_MS).unref();
  return {
    path,
    make: (name) => mkdtemp(join(path, `${name}-`)),
    close() {
      clearInterval(renewal);
      return removeTree(path);
    },
  };
}

/**
 * Removes a folder with all that is in it. Where this process is root, another user may own folders in it and replace one by
 * a link meanwhile, which Node would follow.
 */
export async function removeTree(path: string): Promise<void> {
  if (process.getuid?.() !== 0) return rm(path, { recursive: true, force: true, maxRetries: 3 });
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return;
  try {
    await removeFolder(Buffer.from(path), MOST_DEPTH);
  } catch {
    // Deeper, or changed meanwhile, or without /proc: `rm` follows no link either, and says what is wrong.
    await run('rm', ['-rf', '--', path]);
  }
}

/** To start `rm` takes longer than to remove a few files, and each level holds a descriptor. */
const MOST_DEPTH = 16;

/** Enters a folder by its descriptor, so that no link that takes its place, or that of one in it, is followed. */
async function removeFolder(path: Buffer, depth: number): Promise<void> {
  if (depth === 0) throw new Error('The folder is too deep.');
  const opened = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    const own = `/proc/self/fd/${opened.fd}`;
    for (const entry of await readdir(own, { withFileTypes: true, encoding: 'buffer' })) {
      const inner = Buffer.concat([Buffer.from(`${own}/`), entry.name]);
      await (entry.isDirectory() ? removeFolder(inner, depth - 1) : unlink(inner));
    }
  } finally {
    await opened.close();
  }
  await rmdir(path);
}

async function renew(path: string): Promise<void> {
  const now = new Date();
  // What cleans temporary folders may have removed it; then its next use says so.
  await utimes(path, now, now).catch(() => undefined);
}

async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const mark = NAME.exec(name)?.[1];
    if (mark === undefined) continue;
    const path = join(parent, name);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    // Anyone may make a folder of that name where all programs have their temporary files.
    if (stat?.isDirectory() !== true || stat.uid !== process.getuid?.()) continue;
    // Of a process in another container, only that time is known.
    const isAlive = isMarkAlive(mark) ?? stat.mtimeMs >= Date.now() - FORGOTTEN_MS;
    if (!isAlive) await removeTree(path);
  }
}
