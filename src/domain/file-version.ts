/** The form of a file's version: `<mtime>~<ctime>~<size>~<inode>`, times in seconds with nanoseconds. */

/** The fields of a bigint `Stats` that a version holds. */
export interface FileStat {
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly size: bigint;
  readonly ino: bigint;
}

/** The version of a file or of anything else that `stat` describes. */
export function fileVersion(stat: FileStat): string {
  return `${seconds(stat.mtimeNs)}~${seconds(stat.ctimeNs)}~${stat.size}~${stat.ino}`;
}

/** When a file's content or attributes last changed (ctime), read back from its version; a link's target counts. */
export function fileTimes(version: string): { readonly changed: string } | undefined {
  const target = version.split('@').at(-1) ?? version;
  const match = /^-?\d+\.\d{9}~(\d+)\.(\d{9})~\d+~\d+$/.exec(target);
  if (match === null) return undefined;
  const at = new Date(Number(match[1]) * 1000 + Math.floor(Number(match[2]) / 1e6));
  return Number.isNaN(at.getTime()) ? undefined : { changed: at.toISOString() };
}

function seconds(ns: bigint): string {
  const sign = ns < 0n ? '-' : '';
  const abs = ns < 0n ? -ns : ns;
  return `${sign}${abs / 1_000_000_000n}.${String(abs % 1_000_000_000n).padStart(9, '0')}`;
}
