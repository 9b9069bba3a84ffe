/** A bare repository of the property: people push to it, git packs it, its branches move, and what was where when is kept. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { git } from '../../../helpers/git-repository.js';
import {
  makeBare,
  type Node,
  objectFile,
  writeObject,
  writeTree,
} from '../../../integration/git/objects/repositories.js';

/** By path: what a commit holds. A path below another one that is no folder is left out. */
export type Files = ReadonlyMap<string, Node>;

export interface Commit {
  readonly id: string;
  readonly tree: string;
  readonly files: Files;
  readonly text: string;
}

/** The commit that is to be judged, and its branch; undefined where that branch has none. */
export interface Tip {
  readonly branch: string;
  readonly commit: Commit | undefined;
}

/** From some time on, by the database's clock in milliseconds, something was so. It became so between `from` and `to`. */
interface Since {
  readonly from: number;
  readonly to: number;
  readonly tip: Tip;
}

export class Origin {
  readonly folder: string;
  readonly #time: () => Promise<number>;
  readonly #history: Since[] = [];
  readonly branches = new Map<string, Commit>();
  /** All commits that were ever at the tip of a branch. */
  readonly commits: Commit[] = [];
  /** Those of them whose history is whole: the others may be pruned. */
  pushable: Commit[] = [];
  #damaged: Commit[] = [];
  head = 'main';
  /** The branch that a person named; null for that of HEAD. */
  named: string | null = null;
  #count = 0;

  /** @param time reads the database's clock, in milliseconds since the epoch */
  constructor(folder: string, time: () => Promise<number>) {
    this.folder = makeBare(folder);
    this.#time = time;
  }

  get tip(): Tip {
    const branch = this.named ?? this.head;
    return { branch, commit: this.branches.get(branch) };
  }

  /** The tips that there were at some moment from one time to another. */
  tipsBetween(from: number, to: number): Tip[] {
    return this.#history
      .filter((since, index) => since.from <= to && (this.#history[index + 1]?.to ?? Infinity) >= from)
      .map(({ tip }) => tip);
  }

  /** Changes something, and notes when that was. */
  async change(make: () => unknown): Promise<void> {
    const from = await this.#time();
    await make();
    this.#history.push({ from, to: await this.#time(), tip: this.tip });
  }

  /** Writes a commit, and lets a branch be at it. */
  async commit(files: Files, { branch = this.tip.branch, merges = false } = {}): Promise<void> {
    this.#count += 1;
    const tree = writeTree(this.folder, nest(files));
    const parents = [this.branches.get(branch), ...(merges ? [this.pushable.at(-2)] : [])];
    const lines = parents.flatMap((parent) => (parent === undefined ? [] : [`parent ${parent.id}\n`]));
    const who = `n <n@example.org> ${1_700_000_000 + this.#count} +0000`;
    const text = `tree ${tree}\n${lines.join('')}author ${who}\ncommitter ${who}\n\nwrite\n`;
    const id = writeObject(this.folder, 'commit', Buffer.from(text));
    await this.moveTo(branch, { id, tree, files, text });
  }

  /** Lets a branch be at a commit, whose objects are written where they are not there any more. */
  async moveTo(branch: string, commit: Commit): Promise<void> {
    writeTree(this.folder, nest(commit.files));
    writeObject(this.folder, 'commit', Buffer.from(commit.text));
    this.commits.push(commit);
    this.pushable.push(commit);
    await this.change(() => {
      this.branches.set(branch, commit);
      replace(join(this.folder, 'refs/heads', branch), `${commit.id}\n`);
    });
  }

  async removeBranch(branch: string): Promise<void> {
    await this.change(() => {
      this.branches.delete(branch);
      git(this.folder, 'update-ref', '-d', `refs/heads/${branch}`);
    });
  }

  async pointHead(branch: string): Promise<void> {
    await this.change(() => {
      this.head = branch;
      replace(join(this.folder, 'HEAD'), `ref: refs/heads/${branch}\n`);
    });
  }

  /** Lets git pack it or remove what no branch leads to, which changes nothing that is judged. */
  maintain(...args: string[]): void {
    if (this.branches.size === 0) return;
    // Git refuses to pack what lacks objects.
    for (const { files, text } of this.#damaged) {
      writeTree(this.folder, nest(files));
      writeObject(this.folder, 'commit', Buffer.from(text));
    }
    this.#damaged = [];
    // Both `gc --prune=now` and `repack -a -d` drop what no branch leads to, the latter where it was packed before.
    if (args[0] !== 'pack-refs') this.pushable = [...this.branches.values()];
    git(this.folder, ...args);
  }

  /** Removes the file of an object of the tip, where there is one. */
  damage(which: 'tree' | 'id'): void {
    const { commit } = this.tip;
    if (commit === undefined) return;
    rmSync(objectFile(this.folder, commit[which]), { force: true });
    this.#damaged.push(commit);
  }
}

function replace(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.lock`, text);
  renameSync(`${path}.lock`, path);
}

interface Tree {
  [name: string]: Node | Tree;
}

/** The tree of the files. */
export function nest(files: Files): Tree {
  const root: Tree = {};
  for (const [path, node] of [...files].sort(([one], [other]) => one.length - other.length)) {
    const names = path.split('/');
    const last = names.pop() ?? '';
    const folder = descend(root, names, files);
    if (folder !== undefined) folder[last] ??= node;
  }
  return root;
}

/** The folder of a path; undefined where something that is no folder is on the way. */
function descend(root: Tree, names: readonly string[], files: Files): Tree | undefined {
  let folder = root;
  for (const [index, name] of names.entries()) {
    if (files.has(names.slice(0, index + 1).join('/'))) return undefined;
    folder[name] ??= {};
    folder = folder[name] as Tree;
  }
  return folder;
}
