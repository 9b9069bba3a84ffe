/** Folders for the Unix sockets of the built-in servers, which nobody else can enter. */
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DoiError } from '../domain/errors.js';

export interface SocketFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** The longest path of a socket in bytes: 107 on Linux, 103 on macOS. */
const LONGEST = 103;
/** As long as the longest name of a server's socket. */
const PROBE = 'probe-of-socket';

/**
 * Makes an empty folder for a server's socket: in the folder of its data, or, where that one's path is too long or its
 * file system has no sockets, in the system's temporary folder. What an earlier start left there is removed, so nothing
 * may run on these data any more.
 * @throws {DoiError} `services_missing` where a socket can be had in none of them
 */
export async function makeSocketFolder(dir: string): Promise<SocketFolder> {
  const beside = join(dir, 'socket');
  await rm(beside, { recursive: true, force: true });
  await mkdir(beside, { mode: 0o700 });
  if (await takesSockets(beside)) return toFolder(beside);
  await rm(beside, { recursive: true });
  for (const parent of new Set([tmpdir(), '/tmp'])) {
    // Of mode 0700 and with a name that nobody can foresee.
    const folder = await mkdtemp(join(parent, 'doi-')).catch(() => undefined);
    if (folder === undefined) continue;
    if (await takesSockets(folder)) return toFolder(folder);
    await rm(folder, { recursive: true });
  }
  const found = `No socket of a server can be made in ${beside} or in ${tmpdir()}: the path is too long, or the file system has none.`;
  throw new DoiError(
    'services_missing',
    found,
    'Set DOI_DATA or TMPDIR to another folder, with a short path.',
  );
}

function toFolder(path: string): SocketFolder {
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

async function takesSockets(folder: string): Promise<boolean> {
  const file = join(folder, PROBE);
  // A longer path is cut off without an error.
  if (Buffer.byteLength(file) > LONGEST) return false;
  const server = createServer().listen(file);
  try {
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return true;
  } catch {
    return false;
  }
}
