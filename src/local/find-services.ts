/** Finds the servers of an `npm start` that is running, so that commands in another terminal can use them. */
import { localDataDir } from './data-dir.js';
import { readLiveRecord } from './services-file.js';

export interface FoundServices {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** The process that runs them. */
  readonly pid: number;
}

/** Where the servers of a data folder are; undefined where nobody runs any, or where they are still being started. */
export async function findLocalServices(dataDir: string = localDataDir): Promise<FoundServices | undefined> {
  const record = await readLiveRecord(dataDir);
  if (record === undefined || record.databaseUrl === null || record.redisUrl === null) return undefined;
  return { databaseUrl: record.databaseUrl, redisUrl: record.redisUrl, pid: record.pid };
}
