/** Claims a data folder for one `npm start` at a time, and publishes where its servers are to other programs. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DoiError } from '../domain/errors.js';
import { errnoOf, isGone } from '../platform/file-errors.js';
import { installation } from '../platform/process/installation.js';
import { isAlive, processBirth } from '../platform/process/process-identity.js';
import { isOwnFile, localDataDir } from './data-folder.js';

const schema = z.object({
  pid: z.number().int().positive(),
  /** Distinguishes the process from a later one with its number; null where the system has no /proc. */
  born: z.string().nullable(),
  /** Null where an earlier release is still starting its servers. */
  databaseUrl: z.string().nullable(),
  redisUrl: z.string().nullable(),
});

/** Which process runs the servers of a data folder, and where they are. */
export type ServicesRecord = z.infer<typeof schema>;

/** The file that publishes where the servers of a data folder are. */
export function servicesFile(dataDir: string): string {
  return join(dataDir, 'services.json');
}

/** The record of the process that runs the servers of a data folder; undefined where none runs, or none is ready yet. */
export async function readLiveRecord(dataDir: string): Promise<ServicesRecord | undefined> {
  const text = await readFile(servicesFile(dataDir), 'utf8').catch(unlessGone(undefined));
  const record = text === undefined ? undefined : parseRecord(text);
  return record !== undefined && isLive(record) ? record : undefined;
}

interface Owner {
  readonly pid: number;
  readonly born: string | null;
}

const me: Owner = { pid: process.pid, born: processBirth(process.pid) };
/** The name of this process's file in the lock. The random part makes it unique where there is no birth. */
const MY_FILE = [me.pid, me.born ?? '', randomBytes(6).toString('hex')].join(',');

/** The folder that is the lock; it holds one file, whose name says which process owns it. */
function lockFolder(dataDir: string): string {
  return join(dataDir, 'lock');
}

/**
 * Claims a data folder for this process.
 *
 * A folder can be renamed to the lock's name only as long as there is none, or an empty one: so of several processes
 * one gets it. The file of a dead owner is deleted by its unique name, which can never delete the file of the next owner.
 * @throws {DoiError} `services_missing`, naming the process that runs there already.
 */
export async function claimFolder(dataDir: string): Promise<void> {
  // An earlier release knows no lock and may be running here.
  const running = await readLiveRecord(dataDir);
  if (running !== undefined) throw alreadyRunning(running.pid, dataDir);
  const lock = lockFolder(dataDir);
  const mine = await mkdtemp(`${lock}.`);
  try {
    await writeFile(join(mine, MY_FILE), '', { mode: 0o600 });
    while (!(await tryRename(mine, lock))) await removeDeadOwner(dataDir);
  } finally {
    await rm(mine, { recursive: true, force: true });
  }
}

/** @returns false where the lock has an owner */
async function tryRename(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(errnoOf(error) ?? '')) throw error;
    return false;
  }
}

async function removeDeadOwner(dataDir: string): Promise<void> {
  const lock = lockFolder(dataDir);
  for (const name of await readdir(lock).catch(unlessGone([]))) {
    const [pid, born] = name.split(',');
    const owner = { pid: Number(pid), born: born || null };
    if (isLive(owner)) throw alreadyRunning(owner.pid, dataDir);
    await rm(join(lock, name), { force: true });
  }
}

/** Publishes where the servers are. Only for the process that has the claim. */
export async function publishUrls(
  dataDir: string,
  urls: { readonly databaseUrl: string; readonly redisUrl: string },
): Promise<void> {
  const file = servicesFile(dataDir);
  const unfinished = `${file}.unfinished`;
  const record: ServicesRecord = { ...me, ...urls };
  await writeFile(unfinished, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  await rename(unfinished, file);
}

/** Ends this process's claim. */
export async function releaseFolder(dataDir: string): Promise<void> {
  const lock = lockFolder(dataDir);
  await rm(servicesFile(dataDir), { force: true });
  await rm(join(lock, MY_FILE), { force: true });
  // Another process may have claimed the folder since the line above.
  await rmdir(lock).catch(() => {});
}

function isLive({ pid, born }: Owner): boolean {
  return isAlive(pid) && processBirth(pid) === born;
}

function parseRecord(text: string): ServicesRecord | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    // Cut off by a full disk, or of another release: it names no servers.
    return undefined;
  }
}

/** What a read of something that is not there results in; any other error is thrown. */
function unlessGone<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (isGone(error)) return value;
    throw error;
  };
}

function alreadyRunning(pid: number, dataDir: string): DoiError {
  return new DoiError(
    'services_missing',
    `Another "${installation.startCommand}" (process ${pid}) is running with the data in ${dataDir}.`,
    `Use that one, or stop it first with "kill ${pid}".`,
  );
}

export interface FoundServices {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** The process of that `npm start`. */
  readonly pid: number;
}

/**
 * Where the servers of a data folder are; undefined where none run, or where they are still being started.
 * @throws {DoiError} `services_missing` where this user, say, cannot read the file that says so; `bad_configuration`
 * where another user may have written it
 */
export async function findLocalServices(dataDir: string = localDataDir): Promise<FoundServices | undefined> {
  const record = await readRecord(dataDir);
  if (record === undefined) return undefined;
  const { databaseUrl, redisUrl, pid } = record;
  return databaseUrl === null || redisUrl === null ? undefined : { databaseUrl, redisUrl, pid };
}

async function readRecord(dataDir: string): Promise<ServicesRecord | undefined> {
  try {
    return (await isOwnFile(servicesFile(dataDir))) ? await readLiveRecord(dataDir) : undefined;
  } catch (cause) {
    if (cause instanceof DoiError) throw cause;
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new DoiError(
      'services_missing',
      `${servicesFile(dataDir)}, which says where the servers of "${installation.startCommand}" are, could not be read (${why}).`,
      `Be the user that runs "${installation.startCommand}", or set DATABASE_URL and REDIS_URL.`,
      { cause },
    );
  }
}
