/** Finds the mount that a path lies on, without touching the mount, because a hung one would not answer. */
import { readFileSync } from 'node:fs';

/** A mounted file system. */
export interface Mount {
  /** Its numbers, `major:minor`: the same for each place where one file system is mounted. */
  readonly device: string;
  /** Whether it has a server that can become unavailable. */
  readonly isRemote: boolean;
}

const REMOTE = /^(?:nfs|cifs|smb|fuse|9p|ceph|afs|lustre|gluster|beegfs|glusterfs|gpfs|ncp|coda|virtiofs)/;

export class MountTable {
  readonly #file: string;
  readonly #now: () => number;
  #text = '';
  #mounts: ReadonlyMap<string, Mount> = new Map();
  #readAt = Number.NEGATIVE_INFINITY;

  /** @param now a clock that never goes back, in milliseconds */
  constructor(file = '/proc/self/mountinfo', now: () => number = () => performance.now()) {
    this.#file = file;
    this.#now = now;
  }

  /** Reads the mounts again if that was longer ago than `ageMs`. Without `/proc` there are none. */
  refresh(ageMs: number): void {
    if (this.#now() - this.#readAt < ageMs) return;
    this.#readAt = this.#now();
    const text = this.#read();
    if (text === this.#text) return;
    this.#text = text;
    this.#mounts = parse(text);
  }

  /** The mount that an absolute path lies on, by its name only, without following links. */
  mountOf(path: string): Mount | undefined {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const mount = this.#mounts.get(path.slice(0, end));
      if (mount !== undefined) return mount;
    }
    return this.#mounts.get('/');
  }

  #read(): string {
    try {
      return readFileSync(this.#file, 'utf8');
    } catch {
      // This only groups probes by what hangs together. What makes it unreadable (no files left), the probe reports too.
      return this.#text;
    }
  }
}

function parse(text: string): Map<string, Mount> {
  const mounts = new Map<string, Mount>();
  for (const line of text.split('\n')) {
    // "36 35 98:0 /root /mount/point options - type source options"
    const [fields = '', kind = ''] = line.split(' - ');
    const [, , device, , point] = fields.split(' ');
    // Of several at one point, the last one is visible.
    if (device !== undefined && point !== undefined)
      mounts.set(unescapePath(point), { device, isRemote: REMOTE.test(kind) });
  }
  return mounts;
}

function unescapePath(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

// File systems that answer from a cache of their own, whose attributes may show an edit elsewhere late.

// f_type as in statfs(2) of the Linux manual pages.
const CACHED: ReadonlySet<number> = new Set([
  0x6969, // NFS
  0xff534d42, // CIFS
  0xfe534d42, // SMB 2
  0x517b, // SMB
  0x65735546, // FUSE
  0x01021997, // 9p
  0x00c36400, // Ceph
  0x5346414f, // AFS (OpenAFS)
  0x6b414653, // AFS (the kernel's)
  0x73757245, // Coda
  0x564c, // NCP
  0x0bd00bd0, // Lustre
  0x47504653, // GPFS
  0x7461636f, // OCFS2
  0x786f4256, // VirtualBox shared folders
]);

/** @param type of a file system, as `statfs` returns it, signed or not */
export function isCachedFileSystem(type: number): boolean {
  return CACHED.has(type >>> 0);
}
