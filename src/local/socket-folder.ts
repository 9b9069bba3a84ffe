/** Makes the folders for the Unix sockets of the built-in servers, which no other user can enter. */
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
/** As long as the longest file name of a server's socket. */
const PROBE = 'probe-of-socket';

/**
 * Makes an empty folder for a server's socket: in the folder of its data, or, if that path is too long or its file system
 * has no sockets, in the system's temporary folder. What an earlier start left in the folder is deleted, so no server may be
 * running on these data any more.
 * @throws {DoiError} `services_missing` where no folder can hold a socket
 */
export async function makeSocketFolder(dir: string): Promise<SocketFolder> {
  const beside = join(dir, 'socket');
  await rm(beside, { recursive: true, force: true });
  await mkdir(beside, { mode: 0o700 });
  if (await takesSockets(beside)) return toFolder(beside);
  await rm(beside, { recursive: true });
  for (const parent of new Set([tmpdir(), '/tmp'])) {
    // It gets mode 0700 and a name that no other user can foresee.
    const folder = await mkdtemp(join(parent, 'doi-')).catch(() => undefined);
    if (folder === undefined) continue;
    if (await takesSockets(folder)) return toFolder(folder);
    await rm(folder, { recursive: true });
  }
  const found = `No server socket can be made in ${beside} or in ${tmpdir()}: the path is too long, or the file system has no sockets.`;
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
  // The system cuts a longer path off without an error.
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
