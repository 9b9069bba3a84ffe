/** Holds the objects of a commit that were read so far. Promise: their folders take a bounded amount of memory. */
import {
  type Answer,
  type Commit,
  MalformedObject,
  parseCommit,
  parseTree,
  type Tree,
} from './parse-objects.js';

export type PresentObject = Extract<Answer, { readonly state: 'present' }>;

/** The most bytes of one folder. One of 5,000 entries has less than a fifth of that. */
export const MAX_TREE = 8 * 1024 * 1024;
/** Of all folders that one call reads, since they stay in memory. */
const MAX_TREES = 32 * 1024 * 1024;
/** How much more memory a folder takes once it is parsed, where its names are short. */
const PARSED = 8;

export class ReadObjects {
  readonly commits = new Map<string, Commit>();
  readonly trees = new Map<string, Tree>();
  readonly blobs = new Map<string, Buffer>();
  /** In bytes. Infinity: too large to be fetched. */
  readonly sizes = new Map<string, number>();
  #bytes = 0;
  #treeBytes = 0;

  /** About how much memory they take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Begins to count the folders of a further call. */
  nextCall(): void {
    this.#treeBytes = 0;
  }

  /** @throws {MalformedObject} where it is none that git could have written, or the folders are too large together */
  add({ id, type, size, content }: PresentObject): void {
    this.sizes.set(id, size);
    // What is over its limit counts by its size alone.
    if (content === undefined || (type === 'tree' && size > MAX_TREE)) return;
    this.#bytes += type === 'tree' ? PARSED * size : size;
    this.#treeBytes += type === 'tree' ? size : 0;
    if (this.#treeBytes > MAX_TREES)
      throw new MalformedObject('The folders of its inputs, and those that links lead to, are too large.');
    if (type === 'commit') this.commits.set(id, parseCommit(content));
    else if (type === 'tree') this.trees.set(id, parseTree(content, id.length / 2));
    else if (type === 'blob') this.blobs.set(id, content);
  }
}
