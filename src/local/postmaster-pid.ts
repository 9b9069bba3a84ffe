/** Makes a data folder free of an earlier PostgreSQL that was not stopped in order. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DoiError } from '../domain/errors.js';
import { installation } from '../platform/process/installation.js';
import { isAlive } from '../platform/process/process-identity.js';

const WAIT_MS = 15_000;
/** A starting server writes its process id into the file at once; a full disk or a crash leaves the file empty. */
const EMPTY_MS = 1000;

/**
 * Waits for the end of a server whose parent was killed, since that server is about to end. Deletes a file that names no
 * process, or a process that is no PostgreSQL: PostgreSQL would refuse to start.
 * @throws {DoiError} `services_missing` where a server keeps running
 */
export async function endStaleServer(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  const until = Date.now() + WAIT_MS;
  const emptyUntil = Date.now() + EMPTY_MS;
  for (;;) {
    const pid = await readPid(file);
    // PostgreSQL itself deletes the file of a process that is gone, after it has checked for remains.
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

/** In place of a process id: the file names no process. */
const EMPTY = 0;

async function readPid(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : Number.parseInt(text, 10) || EMPTY;
}

/** Without /proc any live process counts as the server: refusing to start is safer than two servers on one folder. */
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
    `A PostgreSQL that no "${installation.startCommand}" controls is running on ${data} (process ${pid}).`,
    `Stop it with "kill -INT ${pid}" and start again.`,
  );
}
