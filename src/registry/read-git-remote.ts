/** Reads a checkout's remote from `.git/config` as a file: git is never run, since its configuration starts programs. */
import { constants, type FileHandle, lstat, open, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { DoiError } from '../domain/errors.js';
import { dropCredentials } from './drop-credentials.js';
import { type GitSetting, parseGitConfig } from '../inputs/probe/parse-git-config.js';

const MAX_BYTES = 256 * 1024;

/**
 * The URL of the remote `origin`, else of the only remote there is, without credentials.
 * @param root the checkout's real path.
 * @returns null where there is none, or none that may be stored, where several exist without an `origin`, and where the file is not a regular file
 * within 256 KiB inside the checkout.
 * @throws {DoiError} `file_unreadable` where the file is there and cannot be read.
 */
export async function readGitRemote(root: string): Promise<string | null> {
  const url = await readRemoteUrl(root);
  return url === null ? null : (dropCredentials(url) ?? null);
}

/** The same as it stands there, with credentials, whether or not it may be stored. */
export async function readRemoteUrl(root: string): Promise<string | null> {
  const text = await readConfigFile(root);
  return text === undefined ? null : (pickRemote(parseGitConfig(text)) ?? null);
}

/** The URL to use of all remotes; a remote with several URLs is fetched from its first. */
export function pickRemote(settings: readonly GitSetting[]): string | undefined {
  const urls = new Map<string, string>();
  for (const { section, subsection, key, value } of settings) {
    if (section !== 'remote' || key !== 'url' || subsection === undefined || value === '') continue;
    if (!urls.has(subsection)) urls.set(subsection, value);
  }
  return urls.get('origin') ?? (urls.size === 1 ? [...urls.values()][0] : undefined);
}

async function readConfigFile(root: string): Promise<string | undefined> {
  const folder = join(root, '.git');
  const file = join(folder, 'config');
  let handle: FileHandle | undefined;
  try {
    if (!(await lstat(folder)).isDirectory()) return undefined;
    // A FIFO would else block for ever, and a link could lead anywhere.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    const stat = await handle.stat();
    if (!stat.isFile() || stat.size > MAX_BYTES || !(await isAt(handle, file))) return undefined;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_BYTES + 1), 0, MAX_BYTES + 1, 0);
    return bytesRead > MAX_BYTES ? undefined : buffer.toString('utf8', 0, bytesRead);
  } catch (error) {
    if (isNotThere(error)) return undefined;
    const found = `${file} could not be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}).`;
    throw new DoiError('file_unreadable', found, 'Give the user that runs this the right to read it.', {
      cause: error,
    });
  } finally {
    await handle?.close();
  }
}

/** Whether the opened file is the one meant: a folder above it may have been swapped for a link meanwhile. */
async function isAt(handle: FileHandle, file: string): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  return (await readlink(`/proc/self/fd/${handle.fd}`)) === file;
}

// ELOOP: the file is a link. ENXIO: a socket.
function isNotThere(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? '');
}
