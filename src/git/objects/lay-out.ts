/** Writes files to a temporary folder for a checker, and removes it when the checker has ended. */
import { chown, lchown, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findCheckUser } from '../../checker/check-user.js';
import { bytePath, joinPath, toBytes, toText } from '../../checkout/byte-path.js';
import type { BareTip } from '../../inputs/probe/commit-inputs.js';
import { fileError } from '../../platform/file-errors.js';
import { removeTree, type ScratchFolder } from '../../platform/process/scratch-folder.js';
import type { LayoutItem } from './plan-layout.js';

export interface LayoutOptions {
  readonly scratch: ScratchFolder;
  readonly checkUser?: string | undefined;
  readonly place: BareTip;
  readonly signal?: AbortSignal | undefined;
}

/** The same everywhere, since a checker may print it. */
const NAME = 'checkout';
const AT_ONCE = 16;

/**
 * Writes `items`, calls `use`, and removes what was written.
 * @param items each folder before what lies in it
 * @throws what `use` throws; {DoiError} `file_unreadable` or `host_exhausted` where the files could not be written
 */
export async function withLayout<T>(
  { scratch, checkUser, place, signal }: LayoutOptions,
  items: readonly LayoutItem[],
  use: (folder: { readonly path: string }) => Promise<T>,
): Promise<T> {
  const user = await findCheckUser({ path: toText(place.folder), owner: place.owner }, checkUser);
  const top = await scratch.make('layout').catch(broken);
  try {
    const path = join(top, NAME);
    await write(path, [{ kind: 'folder', path: '' }, ...items], user).catch(broken);
    signal?.throwIfAborted();
    // Last, so that no other user can enter while this process writes there.
    if (user !== undefined) await chown(top, user.uid, user.gid);
    return await use({ path });
  } finally {
    await removeTree(top);
  }
}

function broken(error: unknown): never {
  throw fileError(error, 'The temporary folder for a checker');
}

type User = { readonly uid: number; readonly gid: number } | undefined;

async function write(folder: string, items: readonly LayoutItem[], user: User): Promise<void> {
  const place = async (item: LayoutItem) => {
    const path = item.path === '' ? Buffer.from(folder) : toBytes(joinPath(bytePath(folder), item.path));
    if (item.kind === 'folder') await mkdir(path, { mode: 0o700 });
    else if (item.kind === 'link') await symlink(toBytes(item.target), path);
    // It never writes to what is there.
    else await writeFile(path, item.content, { flag: 'wx', mode: item.isProgram ? 0o700 : 0o600 });
    if (user !== undefined) await lchown(path, user.uid, user.gid);
  };
  for (const item of items) if (item.kind === 'folder') await place(item);
  // Links last: nothing is written by way of one.
  for (const kind of ['file', 'link'] as const) {
    const all = items.filter((item) => item.kind === kind);
    for (let at = 0; at < all.length; at += AT_ONCE)
      await Promise.all(all.slice(at, at + AT_ONCE).map(place));
  }
}
