/** Says on which remote mount a path lies, without touching the mount: a hung one would not answer. */
import { readFileSync } from 'node:fs';
import { errnoOf } from './file-errors.js';

// File systems whose server can go away.
const REMOTE = /^(?:nfs|cifs|smb|fuse|9p|ceph|afs|lustre|gluster|beegfs|glusterfs|gpfs|ncp|coda|virtiofs)/;

/** The mount points of remote file systems, the longest first; none where the system does not say (no `/proc`). */
export function remoteMounts(file = '/proc/self/mountinfo'): string[] {
  return readMounts(file)
    .split('\n')
    .flatMap((line) => {
      // "36 35 98:0 /root /mount/point options - type source options"
      const [fields = '', kind = ''] = line.split(' - ');
      const point = fields.split(' ')[4];
      return point !== undefined && REMOTE.test(kind) ? [unescapePath(point)] : [];
    })
    .sort((one, other) => other.length - one.length);
}

/** What is likely to hang together with `path`: its remote mount, or else the path alone. */
export function hangsWith(path: string, mounts: readonly string[]): string {
  return (
    mounts.find((mount) => path === mount || path.startsWith(mount === '/' ? mount : `${mount}/`)) ?? path
  );
}

function readMounts(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return '';
    throw error;
  }
}

function unescapePath(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
