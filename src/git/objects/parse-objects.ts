/** Parses what `git cat-file` prints, and the commits and trees in it. */
import { createHash } from 'node:crypto';
import type { BytePath } from '../../checkout/byte-path.js';
import { formatOf } from '../../domain/object-id.js';

/** What git answered to one question: an object, with its content where that was wanted, or that there is none. */
export type Answer =
  | {
      readonly state: 'present';
      readonly id: string;
      readonly type: string;
      readonly size: number;
      readonly content?: Buffer;
    }
  | { readonly state: 'missing' };

/** The repository's data contradict themselves, or git's output is not of the form that it is known to have. */
export class MalformedObject extends Error {}

/**
 * Parses the output of `git cat-file --batch-command`.
 * @param wantsContent for each question in order, whether it was `contents`
 * @throws {MalformedObject} where it has another form, or an object's content does not give the object's id
 */
export function parseAnswers(output: Buffer, wantsContent: readonly boolean[]): Answer[] {
  let at = 0;
  const answers = wantsContent.map((wants): Answer => {
    const end = output.indexOf('\n', at);
    if (end < 0) throw new MalformedObject('git gave fewer objects than it was asked for.');
    const header = output.toString('latin1', at, end);
    at = end + 1;
    // Since 2.51, git says so of a path that leads to a submodule.
    if (/ missing$|^[\da-f]+ submodule$/.test(header)) return { state: 'missing' };
    const [, id = '', type = '', digits] = /^([\da-f]{40,64}) ([a-z]+) (\d+)$/.exec(header) ?? [];
    if (digits === undefined)
      throw new MalformedObject('git described an object in a form that is not known.');
    const size = Number(digits);
    if (!wants) return { state: 'present', id, type, size };
    const content = output.subarray(at, at + size);
    at += size + 1;
    if (content.length !== size || digestObject(id, type, content) !== id)
      throw new MalformedObject(`The object ${id} has another content than its name says.`);
    return { state: 'present', id, type, size, content };
  });
  if (at !== output.length) throw new MalformedObject('git gave more than it was asked for.');
  return answers;
}

function digestObject(id: string, type: string, content: Buffer): string {
  return createHash(formatOf(id)).update(`${type} ${content.length}\0`).update(content).digest('hex');
}

export interface Commit {
  readonly tree: string;
  /** The committer's time, in ISO 8601. */
  readonly committedAt: string;
}

// The last second of the year 9999: what is later has another form as text.
const LAST_SECOND = 253_402_300_799;

/** @throws {MalformedObject} */
export function parseCommit(content: Buffer): Commit {
  const [header = ''] = content.toString('latin1').split('\n\n', 1);
  const tree = /^tree ([\da-f]+)\n/.exec(header)?.[1];
  const seconds = /^committer .*> (-?\d+) [+-]\d+$/m.exec(header)?.[1];
  if (tree === undefined || seconds === undefined)
    throw new MalformedObject('The commit names no tree, or no time.');
  const committed = Math.min(Math.max(Number(seconds), 0), LAST_SECOND);
  return { tree, committedAt: new Date(committed * 1000).toISOString() };
}

export type EntryKind = 'file' | 'folder' | 'link' | 'submodule';

/** An entry of a tree. */
export interface TreeEntry {
  readonly kind: EntryKind;
  /** In octal digits, such as `100644`. */
  readonly mode: string;
  readonly id: string;
}

/** The entries of a folder by their names; the first of two with one name. */
export interface Tree {
  readonly entries: ReadonlyMap<BytePath, TreeEntry>;
  /** A name that stands in it twice. */
  readonly twice?: BytePath | undefined;
}

/** By the first two of six octal digits. */
const KINDS: Readonly<Record<string, EntryKind>> = {
  '10': 'file',
  '04': 'folder',
  '12': 'link',
  '16': 'submodule',
};

/** @throws {MalformedObject} */
export function parseTree(content: Buffer, idBytes: number): Tree {
  const entries = new Map<BytePath, TreeEntry>();
  let twice: BytePath | undefined;
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at);
    const end = content.indexOf(0, at);
    const mode = space < 0 ? '' : content.toString('latin1', at, space);
    const kind = /^[0-7]{5,6}$/.test(mode) ? KINDS[mode.padStart(6, '0').slice(0, 2)] : undefined;
    if (kind === undefined || end < space || end + idBytes >= content.length)
      throw new MalformedObject('A folder has an entry that git could not have written.');
    const name = content.toString('latin1', space + 1, end);
    at = end + 1 + idBytes;
    if (entries.has(name)) twice = name;
    else entries.set(name, { kind, mode, id: content.toString('hex', end + 1, at) });
  }
  return { entries, twice };
}
