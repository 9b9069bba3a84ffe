/** The file by which a running `npm start` claims its data folder and tells other programs where its servers are. */
import { createHash, randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DoiError } from '../domain/errors.js';
import { isAlive, processBirth } from './process-identity.js';

const schema = z.object({
  pid: z.number().int().positive(),
  /** Tells the process from a later one with its number; null where the system cannot say. */
  born: z.string().nullable(),
  databaseUrl: z.string().nullable(),
  redisUrl: z.string().nullable(),
});

/** Who runs in a data folder. The addresses are null while the servers are being started. */
export type ServicesRecord = z.infer<typeof schema>;

export function servicesFile(dataDir: string): string {
  return join(dataDir, 'services.json');
}

/** The record of whoever runs in a data folder now; undefined where nobody does. */
export async function readLiveRecord(dataDir: string): Promise<ServicesRecord | undefined> {
  const record = await readRecord(servicesFile(dataDir));
  return record !== undefined && isLive(record) ? record : undefined;
}

/**
 * Claims a data folder for this process.
 * @throws {DoiError} `services_missing`, naming the process that runs there already.
 */
export async function claimFolder(dataDir: string): Promise<void> {
  const file = servicesFile(dataDir);
  const mine = await writeBeside(file, ownRecord(null, null));
  try {
    await claim(file, { mine, dataDir });
  } finally {
    await rm(mine);
  }
}

interface Claim {
  /** A file with this process's record, to be linked. */
  readonly mine: string;
  readonly dataDir: string;
}

/**
 * Unlike a write, a link is made by one of several at once and refused to the others. What a dead process left may be
 * replaced only by the holder of a second claim, whose name is a digest of what was left: without it, two that found
 * the same remains could each take the place of the other.
 */
async function claim(file: string, { mine, dataDir }: Claim): Promise<void> {
  while (!(await tryLink(mine, file))) {
    const left = await readIfThere(file);
    if (left === undefined) continue;
    const record = parseRecord(left);
    if (record !== undefined && isLive(record)) throw alreadyRunning(record.pid, dataDir);
    const second = `${servicesFile(dataDir)}.${createHash('sha256').update(file).update(left).digest('hex')}`;
    await claim(second, { mine, dataDir });
    try {
      if ((await readIfThere(file)) !== left) continue;
      const replacement = `${mine}.new`;
      await link(mine, replacement);
      await rename(replacement, file);
      return;
    } finally {
      await rm(second);
    }
  }
}

/** Tells where the servers are. Only for the process that holds the claim. */
export async function publishUrls(
  dataDir: string,
  urls: { readonly databaseUrl: string; readonly redisUrl: string },
): Promise<void> {
  const file = servicesFile(dataDir);
  await rename(await writeBeside(file, ownRecord(urls.databaseUrl, urls.redisUrl)), file);
}

/** Gives the folder free. */
export async function releaseFolder(dataDir: string): Promise<void> {
  await rm(servicesFile(dataDir), { force: true });
}

function ownRecord(databaseUrl: string | null, redisUrl: string | null): ServicesRecord {
  return { pid: process.pid, born: processBirth(process.pid), databaseUrl, redisUrl };
}

function isLive({ pid, born }: ServicesRecord): boolean {
  return isAlive(pid) && processBirth(pid) === born;
}

async function readRecord(file: string): Promise<ServicesRecord | undefined> {
  const text = await readIfThere(file);
  return text === undefined ? undefined : parseRecord(text);
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseRecord(text: string): ServicesRecord | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    // Cut off by a full disk, or of another release: nobody can be found by it.
    return undefined;
  }
}

async function writeBeside(file: string, record: ServicesRecord): Promise<string> {
  const beside = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(beside, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  return beside;
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function alreadyRunning(pid: number, dataDir: string): DoiError {
  return new DoiError(
    'services_missing',
    `Another "npm start" (process ${pid}) is running with the data in ${dataDir}.`,
    `Use that one, or stop it first with "kill ${pid}".`,
  );
}
