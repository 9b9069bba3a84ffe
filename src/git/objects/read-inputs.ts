/** Reads the inputs of a commit: their versions, and their values worded as those of a checkout. */
import { createHash } from 'node:crypto';
import { type BytePath, bytePath, shownPath } from '../../checkout/byte-path.js';
import {
  decodeText,
  describeWrongKind,
  MAX_TEXT_BYTES,
  refusal,
  tooLarge,
} from '../../checkout/read-inside.js';
import { absentVersion, readAbsent } from '../../domain/file-version.js';
import type { ContentKey, TextFile, TextFileKey, TextFolder } from '../../domain/input.js';
import type { Loaded, LoadedInputs, Workplans } from '../../inputs/load/load-inputs.js';
import { INSTEAD, isRule } from '../../inputs/probe/probe-input.js';
import type { ObjectStore } from './object-store.js';
import type { TreeEntry } from './parse-objects.js';
import { entryVersion, TreeFiles } from './tree-files.js';
import { SUBMODULE, type TreeWalkEntry, walkTree } from './walk-tree.js';

const RULES = '.claude/rules';
/** How the text begins that stands for a file which Git LFS keeps elsewhere. */
const LFS_POINTER = 'version https://git-lfs.github.com/spec/v1';

type Read = { readonly state: 'present'; readonly text: string } | Rejected;
type Rejected = { readonly state: 'rejected'; readonly reason: string };

export class InputReader {
  readonly #store: ObjectStore;
  readonly #files: TreeFiles;

  constructor(store: ObjectStore) {
    this.#store = store;
    this.#files = new TreeFiles(store);
  }

  /** The version of each of `keys`. */
  versions(keys: readonly ContentKey[]): Readonly<Record<string, string>> {
    const all = this.#store.gather(keys.map((key) => () => [key, this.#version(key)] as const));
    return Object.fromEntries(all);
  }

  /** What each of `keys` loads, with the version that {@link versions} gives. */
  load(keys: readonly ContentKey[]): LoadedInputs {
    const load = (key: ContentKey) => {
      if (key === 'workplans') return this.#workplans();
      return key === RULES ? this.#rules() : this.#text(key);
    };
    const loaded = this.#store.gather(keys.map((key) => () => [key, load(key)] as const));
    return Object.fromEntries(loaded) as LoadedInputs;
  }

  #version(key: ContentKey): string {
    if (key === RULES) return this.#walk(key, false).version;
    return key === 'workplans' ? this.#walk(key, false).version : this.#fileVersion(key);
  }

  #walk(key: typeof RULES | 'workplans', sizes: boolean) {
    const from = { store: this.#store, files: this.#files };
    return walkTree(from, key, key === RULES ? { only: isRule, sizes } : { sizes });
  }

  #fileVersion(key: TextFileKey): string {
    const at = this.#files.locate(key);
    if (at.state === 'found') return at.prefix + entryVersion(at.entry);
    if (at.state !== 'absent') return at.version;
    return absentVersion(INSTEAD[key]?.find((name) => this.#leadsToFile(name)));
  }

  #leadsToFile(name: string): boolean {
    const at = this.#files.locate(name);
    return at.state === 'found' && at.entry.kind === 'file';
  }

  #text(key: TextFileKey): Loaded<TextFile> {
    const version = this.#fileVersion(key);
    const at = this.#files.locate(key);
    if (at.state === 'absent') return { value: { state: 'absent', ...readAbsent(version) }, version };
    if (at.state !== 'found') return { value: reject(key, refusal(at.state)), version };
    return { value: this.#read(key, at.entry), version };
  }

  #read(path: BytePath, { kind, id }: TreeEntry): Read {
    if (kind === 'submodule') return reject(path, SUBMODULE.file);
    if (kind !== 'file')
      return reject(path, describeWrongKind(kind, kind === 'folder' ? 'file' : 'regular file'));
    if (this.#store.size(id) > MAX_TEXT_BYTES) return reject(path, tooLarge(MAX_TEXT_BYTES));
    const text = decodeText(this.#store.blob(id));
    if (text === undefined) return reject(path, 'is not UTF-8 text');
    if (text.startsWith(LFS_POINTER)) return reject(path, 'is a pointer of Git LFS: its text is not in git');
    return { state: 'present', text };
  }

  #rules(): Loaded<TextFolder> {
    const walk = this.#walk(RULES, true);
    const { version } = walk;
    if (walk.state === 'absent') return { value: { state: 'absent' }, version };
    if (walk.state === 'rejected') return { value: reject(RULES, walk.clause), version };
    const rules = walk.entries.filter(({ entry }) => entry.kind !== 'folder');
    const read = this.#store.gather(rules.map((rule) => () => ({ path: rule.path, ...this.#rule(rule) })));
    const files = read.flatMap((one) =>
      one.state === 'present' ? [{ name: shownPath(one.path), text: one.text }] : [],
    );
    const refused = read.flatMap((one) => (one.state === 'rejected' ? [one.reason] : []));
    return { value: { state: 'present', files, refused }, version };
  }

  #rule({ path, entry, target }: TreeWalkEntry): Read {
    const full = `${RULES}/${path}`;
    if (target === undefined) return this.#read(full, entry);
    return target.state === 'found' ? this.#read(full, target.entry) : reject(full, refusal(target.state));
  }

  #workplans(): Loaded<Workplans> {
    const walk = this.#walk('workplans', true);
    const { version } = walk;
    if (walk.state === 'rejected') return { value: { rejected: `workplans ${walk.clause}.` }, version };
    if (walk.state === 'absent') return { value: { digest: 'absent' }, version };
    // The version is one of all names, modes and contents, of those outside of the folder too that links lead to.
    return { value: { digest: createHash('sha256').update(`git\0${version}`).digest('hex') }, version };
  }
}

function reject(path: BytePath, clause: string): Rejected {
  return { state: 'rejected', reason: `${shownPath(path)} ${clause}.` };
}

/** The path of a setting as bytes, without empty names. */
export function plainPath(text: string): BytePath {
  return bytePath(text.split('/').filter(Boolean).join('/'));
}
