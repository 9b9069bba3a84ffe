/** Tells file systems that answer from a cache of their own: an edit elsewhere may show late in their attributes. */

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

/** @param type of a file system as `statfs` gives it, signed or not */
export function isCachedFileSystem(type: number): boolean {
  return CACHED.has(type >>> 0);
}
