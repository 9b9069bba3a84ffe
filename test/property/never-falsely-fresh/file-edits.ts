/** Steps on the files of a checkout. All are synchronous, and none writes through a link. */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Repository } from './repository.js';
import { choose, FILES, otherText, textsOf } from './texts.js';

/** The numbers that a step chooses by. */
export interface Picks {
  readonly a: number;
  readonly b: number;
}

/** An edit. @returns what was done, where that is not what the step is called; false where there was nothing to do */
type FileEdit = (repo: Repository, picks: Picks) => string | boolean;

// Whole seconds, so that a time can be restored exactly.
const INITIAL = new Date('2026-03-20T01:27:00Z');

/** Makes a checkout with a `.git` and, unless it is to be bare, all files, each by its first or second text. */
export function makeCheckout(root: string, { isBare, pick }: { isBare: boolean; pick: number }): void {
  mkdirSync(join(root, '.git'), { recursive: true });
  if (isBare) return;
  for (const [index, file] of FILES.entries()) {
    put(join(root, file), choose(textsOf(file).slice(0, 2), pick + index));
    utimesSync(join(root, file), INITIAL, INITIAL);
  }
}

export const FILE_EDITS = {
  'edit with another size': (repo, picks) => edit(repo, picks, { sameSize: false }),
  'edit with the same size': (repo, picks) => edit(repo, picks, { sameSize: true }),
  'edit with the mtime restored': (repo, picks) =>
    edit(repo, picks, { sameSize: picks.b % 2 === 0, mtime: 'restored' }),
  'replace by rename': (repo, picks) =>
    edit(repo, picks, {
      sameSize: picks.b % 2 === 0,
      byRename: true,
      ...(picks.b % 3 === 0 ? { mtime: 'restored' } : {}),
    }),
  delete: (repo, { a }) => withFile(repo, a, (path) => rmSync(path)),
  create: createFile,
  chmod: (repo, { a }) => withFile(repo, a, (path) => chmodSync(path, statSync(path).mode ^ 0o011)),
  touch: (repo, { a, b }) =>
    withFile(repo, a, (path) => utimesSync(path, INITIAL, new Date(INITIAL.getTime() + (b % 1000) * 1000))),
  'swap two files': swapFiles,
  link: linkClaude,
  'edit of what a link leads to': (repo, picks) => {
    const path = join(repo.root, 'CLAUDE.md');
    const target = join(repo.root, 'AGENTS.md');
    if (!isLink(path) || !isFile(target)) return linkClaude(repo, { a: 0, b: 0 });
    put(target, otherText('AGENTS.md', readFileSync(target, 'utf8'), { sameSize: true, pick: picks.a }));
    return true;
  },
  'workplans renamed away': (repo) => {
    const [folder, away] = [join(repo.root, 'workplans'), join(repo.root, 'workplans.away')];
    if (exists(folder) && !exists(away)) renameSync(folder, away);
    else if (exists(away) && !exists(folder)) renameSync(away, folder);
    else return false;
    return true;
  },
  'folder renamed away': (repo) => {
    renameSync(repo.root, repo.away);
    return true;
  },
  'folder replaced by another': (repo) => {
    swap(repo.root, repo.other);
    return true;
  },
  'root emptied': (repo) => {
    for (const name of readdirSync(repo.root)) rmSync(join(repo.root, name), { recursive: true });
    return true;
  },
  'git folder removed or made': (repo) => {
    const path = join(repo.root, '.git');
    if (exists(path)) rmSync(path, { recursive: true });
    else mkdirSync(path);
    return true;
  },
} as const satisfies Record<string, FileEdit>;

export type FileEditKind = keyof typeof FILE_EDITS;

/** Makes an edit; where the checkout is renamed away, putting it back is the edit. */
export function editFiles(repo: Repository, kind: FileEditKind, picks: Picks): string | false {
  if (!exists(repo.root)) {
    renameSync(repo.away, repo.root);
    return 'folder restored';
  }
  const done = FILE_EDITS[kind](repo, picks);
  return done === true ? kind : done;
}

/** Exchanges two files or folders. */
export function swap(one: string, other: string): void {
  const between = `${one}.swapped`;
  renameSync(one, between);
  renameSync(other, one);
  renameSync(between, other);
}

const NEEDS_THE_FOLDER_ALONE: readonly string[] = [
  'link',
  'folder renamed away',
  'folder replaced by another',
  'git folder removed or made',
];

/** Whether an edit of that kind finds in the checkout what it changes. */
export function canEdit(repo: Repository, kind: FileEditKind): boolean {
  const { root } = repo;
  if (!exists(root)) return kind === 'folder renamed away';
  if (NEEDS_THE_FOLDER_ALONE.includes(kind)) return true;
  if (kind === 'create') return FILES.some((file) => !exists(join(root, file)));
  if (kind === 'workplans renamed away')
    return ['workplans', 'workplans.away'].some((name) => exists(join(root, name)));
  if (kind === 'edit of what a link leads to')
    return isLink(join(root, 'CLAUDE.md')) && isFile(join(root, 'AGENTS.md'));
  return pickFile(repo, 0) !== pickFile(repo, 1);
}

/** The path of a regular file of the checkout; undefined where it has none. */
export function pickFile(repo: Repository, pick: number): string | undefined {
  const files = FILES.filter((file) => isFile(join(repo.root, file)) && !isLink(join(repo.root, file)));
  return files.length === 0 ? undefined : choose(files, pick);
}

export function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

interface EditOptions {
  readonly sameSize: boolean;
  readonly byRename?: boolean;
  readonly mtime?: 'restored';
}

function edit(repo: Repository, { a, b }: Picks, options: EditOptions): string | boolean {
  const file = pickFile(repo, a);
  if (file === undefined) return createFile(repo, { a, b });
  const path = join(repo.root, file);
  const { atime, mtime } = statSync(path);
  const text = otherText(file, readFileSync(path, 'utf8'), { sameSize: options.sameSize, pick: b });
  if (options.byRename) {
    const made = join(repo.folder, 'made');
    writeFileSync(made, text);
    if (options.mtime) utimesSync(made, atime, mtime);
    renameSync(made, path);
  } else {
    writeFileSync(path, text);
    if (options.mtime) utimesSync(path, atime, mtime);
  }
  return true;
}

function createFile(repo: Repository, { a, b }: Picks): string | boolean {
  const absent = FILES.filter((file) => !exists(join(repo.root, file)));
  if (absent.length === 0) return false;
  if (absent.length === FILES.length && !repo.isBare) {
    makeCheckout(repo.root, { isBare: false, pick: b });
    return 'create';
  }
  const file = choose(absent, a);
  put(join(repo.root, file), choose(textsOf(file), b));
  return 'create';
}

function withFile(repo: Repository, pick: number, change: (path: string) => void): boolean {
  const file = pickFile(repo, pick);
  if (file !== undefined) change(join(repo.root, file));
  return file !== undefined;
}

function swapFiles(repo: Repository, { a, b }: Picks): boolean {
  const [one, other] = [pickFile(repo, a), pickFile(repo, a + 1 + (b % 5))];
  if (one === undefined || other === undefined || one === other) return false;
  swap(join(repo.root, one), join(repo.root, other));
  return true;
}

/** Makes CLAUDE.md a link: to a file inside, to one outside, or to nothing. */
function linkClaude(repo: Repository, { a, b }: Picks): string {
  const path = join(repo.root, 'CLAUDE.md');
  const agents = join(repo.root, 'AGENTS.md');
  rmSync(path, { force: true });
  if (!exists(agents)) put(agents, choose(textsOf('AGENTS.md'), a));
  symlinkSync(choose(['AGENTS.md', 'AGENTS.md', '../other/AGENTS.md', 'missing.md'], b), path);
  return 'link';
}

function put(path: string, text: string): void {
  if (isLink(path)) rmSync(path);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}
