/** The form of a file's version: `<mtime>~<ctime>~<size>~<inode>`, times in seconds with nanoseconds. */

/** The fields of a bigint `Stats` that a version holds. */
export interface FileStat {
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly size: bigint;
  readonly ino: bigint;
}

/** The version of a file, or of anything else that `stat` describes. */
export function fileVersion(stat: FileStat): string {
  return `${seconds(stat.mtimeNs)}~${seconds(stat.ctimeNs)}~${stat.size}~${stat.ino}`;
}

/** When a file's content or attributes last changed (ctime), read from its version. Of a link, the target counts. */
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

const ABSENT = /^absent(?:@(.+))?$/;

/** The version of an absent file. @param instead the name of a file beside it that is probably meant for it */
export function absentVersion(instead?: string): string {
  return instead === undefined ? 'absent' : `absent@${instead}`;
}

/** What the version of an absent file says; undefined for a version of something that exists. */
export function readAbsent(version: string): { readonly instead?: string } | undefined {
  const found = ABSENT.exec(version);
  if (found === null) return undefined;
  return found[1] === undefined ? {} : { instead: found[1] };
}
