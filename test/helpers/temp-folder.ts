/** Temporary folders of the tests. */
import { mkdtemp, realpath, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes an empty folder; its real path, since a temporary folder may be a link. */
export async function makeTempFolder(name = 'test'): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), `doi-${name}-`)));
}

/** A folder in memory, on Linux. */
export const MEMORY = '/dev/shm';
const ROOM_BYTES = 2 ** 31;

/** Where the data of tests' servers lie: in memory where it has room, since making a database on a disk takes ten times as long. */
export async function dataPlace(): Promise<string> {
  const space = await statfs(MEMORY).catch(() => undefined);
  return space !== undefined && space.bavail * space.bsize >= ROOM_BYTES ? MEMORY : tmpdir();
}

/** Makes an empty folder for the data of a server. */
export async function makeDataFolder(name: string): Promise<string> {
  return realpath(await mkdtemp(join(await dataPlace(), `doi-${name}-`)));
}

export async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 5 });
}
