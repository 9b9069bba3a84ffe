/** Finds the servers of an `npm start` that is running, so that commands in another terminal can use them. */
import { DoiError } from '../domain/errors.js';
import { localDataDir } from './data-dir.js';
import { isOwnFile } from './own-folder.js';
import { readLiveRecord, type ServicesRecord, servicesFile } from './services-file.js';

export interface FoundServices {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** The process that runs them. */
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
  return { databaseUrl, redisUrl, pid };
}

async function readRecord(dataDir: string): Promise<ServicesRecord | undefined> {
  try {
    return (await isOwnFile(servicesFile(dataDir))) ? await readLiveRecord(dataDir) : undefined;
  } catch (cause) {
    if (cause instanceof DoiError) throw cause;
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new DoiError(
      'services_missing',
      `${servicesFile(dataDir)}, which says where the servers of "npm start" are, could not be read (${why}).`,
      'Be the user that runs "npm start", or set DATABASE_URL and REDIS_URL.',
      { cause },
    );
  }
}
