/** Probes a checkout: the versions of all its inputs, by synchronous calls that a hung file system can block. */
import { type BigIntStats, statfsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { type BytePath, bytePath, joinPath, toBytes, toText } from '../../checkout/byte-path.js';
import { isEmptyFolder, lstat } from '../../checkout/file-calls.js';
import { isCachedFileSystem } from '../../checkout/mounts.js';
import { pathIdentity } from '../../checkout/path-identity.js';
import { type HeadState, readHead, UNKNOWN_HEAD } from '../../checkout/read-head.js';
import { type Owner, type Root, resolveRoot } from '../../checkout/resolve-root.js';
import { toMs } from '../../checkout/walk.js';
import { bareVersion } from '../../domain/checkout-version.js';
import { DoiError, type ErrorCode } from '../../domain/errors.js';
import { fileVersion } from '../../domain/file-version.js';
import { CHECKOUT_KEYS, type CheckoutKey, type CheckoutValue, CONTENT_KEYS } from '../../domain/input.js';
import type { PushedCommit } from '../../domain/remote-state.js';
import { withFileErrors } from '../../platform/file-errors.js';
import { expandHome } from '../../platform/settings/setting-forms.js';
import { OutOfTime } from '../../platform/threads/thread-outcome.js';
import type { BareTip } from './commit-inputs.js';
import { type FoundFolders, findFolders } from './find-folders.js';
import { type BareHead, findBareHead, toHeadState, toTip, unknownContents } from './probe-bare.js';
import { type CheckoutVersion, probeInput } from './probe-input.js';

/** A checkout to probe. */
export interface CheckoutTarget {
  readonly id: string;
  /** The name of the host that probes. */
  readonly host: string;
  /** As the registry has it; a `~` at its start stands for the home folder. Undefined where nothing names one. */
  readonly path: string | undefined;
  /** The last push to its remote: where the head is read, it is compared with this. */
  readonly pushed?: PushedCommit | undefined;
  /** The branch to judge where a bare repository is there; null for that of its HEAD. */
  readonly branch?: string | null;
}

export interface CheckoutProbe {
  readonly versions: Readonly<Record<CheckoutKey, CheckoutVersion>>;
  /** Milliseconds since the epoch, with fractions; 0 where nothing is there or no time belongs to the version. */
  readonly newestCtimes: Readonly<Record<CheckoutKey, number>>;
  /** Null where the folder could not be read; the versions then say why. */
  readonly checkout: CheckoutValue | null;
  /** The real path of the root; null where it is the path itself, or no folder is there. */
  readonly realPath: string | null;
  /** Of the root; null where no folder is there. */
  readonly owner: Owner | null;
  /** Whether the root holds `.git`, a folder or a file, or is a bare repository. */
  readonly hasGit: boolean;
  /** The tip of the branch to judge; null for anything but a bare repository whose branch has a commit. */
  readonly bare: Omit<BareTip, 'repoId'> | null;
  /** Whether the root is a folder with nothing in it at all. */
  readonly isEmpty: boolean;
  /** Null unless requested, and where it could not be read in time. */
  readonly head: HeadState | null;
  /** Whether the root lies on a file system that answers from a cache of its own. */
  readonly isCached: boolean;
  /** Null unless requested, and where there are no events: no folder, or one on such a file system. */
  readonly folders: FoundFolders | null;
  /** The path identity of the root, to compare with that of a later probe; null unless requested. */
  readonly pathIdentity: string | null;
}

/** What to find out besides the versions. */
export interface ProbeCheckoutOptions {
  /** The branch and the commit, compared with what was pushed. */
  readonly head?: boolean;
  /** The folders to watch for file system events. */
  readonly folders?: boolean;
  /** The path identity, which differs from a later one if another folder stood in this one's place in between. */
  readonly pathIdentity?: boolean;
}

/** Probes one checkout. What cannot be read makes its own input not verified, and no other. */
export function probeCheckout(target: CheckoutTarget, options: ProbeCheckoutOptions = {}): CheckoutProbe {
  const path = target.path === undefined ? undefined : expandHome(target.path);
  const root = attempt(() => withFileErrors('The checkout', () => probeRoot(target, path, options)));
  if ('notVerified' in root) {
    const none = {
      owner: null,
      bare: null,
      hasGit: false,
      isEmpty: false,
      isCached: false,
      head: null,
      folders: null,
      pathIdentity: null,
      checkout: null,
      realPath: null,
    };
    return { ...everyKey(root, 0), ...none };
  }
  const probed = everyKey({ version: 'absent' }, 0);
  probed.versions.checkout = { version: root.version };
  probed.newestCtimes.checkout = root.newestCtime;
  const { value: checkout, owner, hasGit, isEmpty, isCached, folders } = root;
  const real = toText(root.real);
  const realPath = real === root.folder ? null : real;
  const rest = {
    checkout,
    realPath,
    owner,
    hasGit,
    isEmpty,
    isCached,
    folders,
    pathIdentity: root.pathIdentity,
    bare: root.bareHead && owner && toTip(root.bareHead, { folder: root.real, owner }),
  };
  if (root.bareHead !== null) {
    Object.assign(probed.versions, unknownContents(root.bareHead));
    return { ...probed, ...rest, head: options.head ? toHeadState(root.bareHead) : null };
  }
  if (root.value.state !== 'present') return { ...probed, ...rest, head: options.head ? UNKNOWN_HEAD : null };
  for (const key of CONTENT_KEYS) {
    const input = attempt(() => probeInput(root.real, key));
    probed.versions[key] = 'notVerified' in input ? input : { version: input.version };
    probed.newestCtimes[key] = 'notVerified' in input ? 0 : input.newestCtime;
  }
  return { ...probed, ...rest, head: options.head ? headInTime(root.real, target.pushed) : null };
}

/** Reads the head, last of all: if time runs out here, the versions still count, since no verdict rests on the head. */
function headInTime(root: BytePath, pushed: PushedCommit | undefined): HeadState | null {
  try {
    return readHead(root, pushed);
  } catch (error) {
    if (error instanceof OutOfTime) return null;
    throw error;
  }
}

interface RootProbe {
  readonly value: CheckoutValue;
  readonly version: string;
  readonly newestCtime: number;
  readonly folder: string;
  /** The root's real path, which `version` names: all inputs are probed below it. */
  readonly real: BytePath;
  readonly owner: Owner | null;
  readonly hasGit: boolean;
  readonly isEmpty: boolean;
  readonly isCached: boolean;
  readonly folders: FoundFolders | null;
  readonly pathIdentity: string | null;
  /** Null for anything but a bare repository. */
  readonly bareHead: BareHead | null;
}

const ABSENT: Root = { state: 'absent' };

function probeRoot(
  { host, branch = null }: CheckoutTarget,
  path: string | undefined,
  options: ProbeCheckoutOptions,
): RootProbe {
  const none = {
    owner: null,
    bareHead: null,
    hasGit: false,
    isEmpty: false,
    isCached: false,
    folders: null,
    pathIdentity: null,
  };
  const bare = { ...none, folder: '', real: '', newestCtime: 0 };
  if (path === undefined) return { ...bare, value: { state: 'unset', host }, version: `${host}::unset` };
  // A relative path means another folder in each process; no path has a NUL.
  const root = isAbsolute(path) && !path.includes('\0') ? resolveRoot(bytePath(path)) : ABSENT;
  if (root.state === 'absent') {
    return { ...bare, value: { state: 'absent', host, path }, version: `${host}:${path}:absent` };
  }
  if (root.state === 'foreign-link') {
    const version = `${host}:${path}:foreign-link#${fileVersion(root.link)}`;
    const newestCtime = toMs(root.link.ctimeNs);
    return { ...bare, value: { state: 'foreign-link', host, path }, version, newestCtime };
  }
  const { path: real, stat } = root;
  if (!stat.isDirectory()) {
    const version = `${host}:${path}:not-a-folder#${fileVersion(stat)}`;
    return {
      ...bare,
      value: { state: 'not-a-folder', host, path },
      version,
      newestCtime: toMs(stat.ctimeNs),
    };
  }
  const hasGit = lstat(joinPath(real, '.git')) !== undefined;
  const bareHead = hasGit ? null : findBareHead(real, branch);
  const isCached = isCachedFileSystem(statfsSync(toBytes(real)).type);
  return {
    value: { state: 'present', host, path, ...(bareHead && { branch: bareHead.branch }) },
    version:
      bareHead === null
        ? presentVersion(`${host}:${path}`, real, stat)
        : bareVersion(host, path, bareHead.branch),
    // This version holds no time, so it is always stable.
    newestCtime: 0,
    folder: path,
    real,
    owner: { uid: Number(stat.uid), gid: Number(stat.gid) },
    bareHead,
    hasGit: hasGit || bareHead !== null,
    isEmpty: !hasGit && bareHead === null && isEmptyFolder(real),
    isCached,
    folders: options.folders && !isCached ? findFolders(real, stat, bareHead !== null) : null,
    pathIdentity: options.pathIdentity ? pathIdentity(bytePath(path)) : null,
  };
}

/** Names device and inode too, because two real paths that are not UTF-8 may have the same text. */
function presentVersion(named: string, real: BytePath, stat: BigIntStats): string {
  return `${named}#${toText(real)}#${stat.dev}:${stat.ino}`;
}

function everyKey<V>(version: V, newestCtime: number) {
  const all = <T>(value: T) =>
    Object.fromEntries(CHECKOUT_KEYS.map((key) => [key, value])) as Record<CheckoutKey, T>;
  return { versions: all<CheckoutVersion>(version as CheckoutVersion), newestCtimes: all(newestCtime) };
}

/** Turns the {@link DoiError} of a read into a version that is not known; throws any other error on. */
function attempt<T>(probe: () => T): T | { readonly notVerified: string; readonly code: ErrorCode } {
  try {
    return probe();
  } catch (error) {
    if (error instanceof DoiError) return { notVerified: error.message, code: error.code };
    throw error;
  }
}
