/** Finds the folders of a checkout that its inputs lie in, so that they can be watched for file system events. */
import type { BigIntStats } from 'node:fs';
import { type BytePath, joinPath } from '../../checkout/byte-path.js';
import { lstat } from '../../checkout/file-calls.js';

/** Relative to the root, which is the first; a folder comes after the one that it lies in. */
export const EVENT_FOLDERS = [
  '',
  '.claude',
  '.claude/rules',
  'workplans',
  'workplans/archived',
  'refs/heads',
] as const;
/** Of a bare repository: its root has HEAD and packed references. */
const BARE_FOLDERS: readonly string[] = ['refs/heads'];
/** The most folders of one checkout that there are to watch. */
export const MOST_FOLDERS = EVENT_FOLDERS.length - BARE_FOLDERS.length;

/** The folders of one checkout, as they are now. */
export interface FoundFolders {
  /** The real path of the checkout. */
  readonly root: BytePath;
  /** In the order of {@link EVENT_FOLDERS}, which folder each is; null where it is none. */
  readonly ids: readonly (string | null)[];
}

/**
 * Finds the folders of {@link EVENT_FOLDERS}. It leaves out a folder that is reached through a link, or lies on another file
 * system than the root.
 * @param stat of the root, a folder
 * @param isBare whether the root is a bare repository, whose inputs lie in other folders
 */
export function findFolders(root: BytePath, stat: BigIntStats, isBare = false): FoundFolders {
  const ids: (string | null)[] = [folderId(stat)];
  for (const name of EVENT_FOLDERS.slice(1)) {
    const outer = EVENT_FOLDERS.findLastIndex((other) => other !== '' && name.startsWith(`${other}/`));
    const isSought = BARE_FOLDERS.includes(name) === isBare && !(outer > 0 && ids[outer] === null);
    ids.push(isSought ? findFolder(joinPath(root, name), stat.dev) : null);
  }
  return { root, ids };
}

function findFolder(path: BytePath, dev: bigint): string | null {
  try {
    const stat = lstat(path);
    return stat?.isDirectory() && stat.dev === dev ? folderId(stat) : null;
  } catch {
    // A folder that cannot be read cannot be watched either; the probe of the input says why.
    return null;
  }
}

/** A folder that is removed and made again often gets the same inode number, but another birth time. */
function folderId({ dev, ino, birthtimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${birthtimeNs}`;
}
