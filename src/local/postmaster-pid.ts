/** What an earlier PostgreSQL left in its data folder when nobody stopped it. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DoiError } from '../domain/errors.js';
import { isAlive } from './process-identity.js';

const WAIT_MS = 15_000;
/** A server that is being started writes its number into the file at once; a full disk or a crash leaves it empty. */
const EMPTY_MS = 1000;

/**
 * Makes the data folder free to start on. A server whose parent was killed is about to end: it is waited for. A file
 * that names a process which is none of PostgreSQL's, or none at all, is removed: PostgreSQL would refuse to start.
 * @throws {DoiError} `services_missing` where a server goes on running.
 */
export async function endStaleServer(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  const until = Date.now() + WAIT_MS;
  const emptyUntil = Date.now() + EMPTY_MS;
  for (;;) {
    const pid = await readPid(file);
    // One of a process that is gone PostgreSQL removes itself, after a look for its remains.
    if (pid === undefined || (pid !== EMPTY && !isAlive(pid))) return;
    const isOurs = pid === EMPTY ? Date.now() < emptyUntil : await isServerOf(pid, data);
    if (!isOurs) {
      await rm(file, { force: true });
      return;
    }
    if (Date.now() > until) throw stillRunning(pid, data);
    await delay(50);
  }
}

/** In place of a process: the file says nothing. */
const EMPTY = 0;

async function readPid(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : Number.parseInt(text, 10) || EMPTY;
}

/** Where there is no /proc to tell, a live process counts as the server: refusing is safer than two on one folder. */
async function isServerOf(pid: number, data: string): Promise<boolean> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').includes(data);
  } catch {
    return true;
  }
}

function stillRunning(pid: number, data: string): DoiError {
  return new DoiError(
    'services_missing',
    `A PostgreSQL is running on ${data} already (process ${pid}), though nothing here started it.`,
    `Stop it with "kill -INT ${pid}" and start again.`,
  );
}
