/** Steps that put something else in the place of an input while it is read, and then the very same input back. */
import {
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { exists, type Picks, pickFile, swap } from './file-edits.js';
import type { Point } from './interruptions.js';
import type { Repository } from './repository.js';
import { FILES, otherText } from './texts.js';

/** Changes something. @returns what changes it back; undefined where there is nothing to change */
type There = (repo: Repository, picks: Picks) => (() => void) | undefined;

export const THERE_AND_BACK = {
  'there and back: a text in place': (repo, picks) => {
    const path = pathOf(repo, picks);
    if (path === undefined) return undefined;
    const text = readFileSync(path, 'utf8');
    const { atime, mtime } = statSync(path);
    const put = (now: string) => {
      writeFileSync(path, now);
      utimesSync(path, atime, mtime);
    };
    put(otherText(fileOf(repo, path), text, { sameSize: true, pick: picks.a }));
    return () => put(text);
  },
  'there and back: a file by rename': (repo, picks) => {
    const path = pathOf(repo, picks);
    if (path === undefined) return undefined;
    const kept = join(repo.folder, 'kept');
    renameSync(path, kept);
    const file = fileOf(repo, path);
    writeFileSync(path, otherText(file, readFileSync(kept, 'utf8'), { sameSize: true, pick: picks.a }));
    return () => renameSync(kept, path);
  },
  'there and back: workplans': (repo) => {
    const [here, other] = [join(repo.root, 'workplans'), join(repo.other, 'workplans')];
    if (!exists(here) || !exists(other)) return undefined;
    swap(here, other);
    return () => swap(here, other);
  },
  'there and back: the folder': (repo) => {
    swap(repo.root, repo.other);
    return () => swap(repo.root, repo.other);
  },
  'there and back: no folder': (repo) => {
    renameSync(repo.root, repo.away);
    return () => renameSync(repo.away, repo.root);
  },
  'there and back: the link to the folder': ({ link }) => {
    const before = readlinkSync(link);
    relink(link, 'other');
    return () => relink(link, before);
  },
  'there and back: the checker': ({ installation }) => installation.lendChecker(),
} as const satisfies Record<string, There>;

export type ThereAndBackKind = keyof typeof THERE_AND_BACK;

/** Between which points of an evaluation it is away: while files are loaded, or while the checker runs. */
export function pointsOf(kind: ThereAndBackKind, { b }: Picks): readonly [Point, Point] {
  const isRead = kind !== 'there and back: the checker' && isWhileLoading({ b });
  return isRead
    ? ['before it is loaded', 'when it was loaded']
    : ['before it is checked', 'when it was checked'];
}

/** Waits until the file system's clock has moved on; no checker ends within one tick of it. */
export function waitForTick({ folder }: Repository): void {
  const scratch = join(folder, 'scratch');
  const touch = () => {
    writeFileSync(scratch, '');
    return statSync(scratch, { bigint: true }).ctimeNs;
  };
  for (const before = touch(); touch() <= before; );
}

function isWhileLoading({ b }: Pick<Picks, 'b'>): boolean {
  return b % 3 === 0;
}

/** A file that is read just then: of those that are loaded, or one that the checker reads. */
function pathOf(repo: Repository, picks: Picks): string | undefined {
  if (isWhileLoading(picks)) {
    const file = pickFile(repo, picks.a);
    return file === undefined ? undefined : join(repo.root, file);
  }
  const plans = FILES.filter((file) => file.startsWith('workplans/')).map((file) => join(repo.root, file));
  return plans.filter(exists)[0];
}

function fileOf(repo: Repository, path: string): string {
  return path.slice(repo.root.length + 1);
}

function relink(link: string, target: string): void {
  rmSync(link);
  symlinkSync(target, link);
}
