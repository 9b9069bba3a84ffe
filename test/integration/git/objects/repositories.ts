/** Bare repositories of the tests, made object by object, so that they may hold what git would not write. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import pLimit from 'p-limit';
import { NO_ISOLATION } from '../../../../src/checker/isolation.js';
import { runSubprocess } from '../../../../src/checker/run-subprocess.js';
import { bytePath } from '../../../../src/checkout/byte-path.js';
import { GitObjects, type GitOptions, type ObjectPlace } from '../../../../src/git/objects/git-objects.js';
import { openScratchFolder, type ScratchFolder } from '../../../../src/platform/process/scratch-folder.js';
import { PLAIN_GIT } from '../../../helpers/git-repository.js';

/** An entry of a tree: a text is a file. */
export type Node =
  | string
  | Buffer
  | { readonly [name: string]: Node }
  | { readonly mode: string; readonly id?: string; readonly content?: string | Buffer };

export function link(content: string): Node {
  return { mode: '120000', content };
}

/** Writes a loose object, where it is not there. @returns its id */
export function writeObject(
  repository: string,
  type: 'blob' | 'tree' | 'commit',
  content: Buffer,
  format: 'sha1' | 'sha256' = 'sha1',
): string {
  const whole = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
  const id = createHash(format).update(whole).digest('hex');
  if (existsSync(objectFile(repository, id))) return id;
  mkdirSync(join(repository, 'objects', id.slice(0, 2)), { recursive: true });
  writeFileSync(objectFile(repository, id), deflateSync(whole, { level: 1 }));
  return id;
}

export function objectFile(repository: string, id: string): string {
  return join(repository, 'objects', id.slice(0, 2), id.slice(2));
}

/** An entry in the form that it has in a tree. */
export function treeEntry(mode: string, name: string | Buffer, id: string): Buffer {
  return Buffer.concat([
    Buffer.from(`${mode} `),
    Buffer.from(name),
    Buffer.from([0]),
    Buffer.from(id, 'hex'),
  ]);
}

type Format = 'sha1' | 'sha256';

/** Writes a tree with all that is in it. Names stand for their bytes (Latin-1). @returns its id */
export function writeTree(
  repository: string,
  tree: { readonly [name: string]: Node },
  format: Format = 'sha1',
): string {
  const rows = Object.entries(tree).map(([name, node]) => {
    const { mode, id } = writeNode(repository, node, format);
    const key = mode === '40000' ? `${name}/` : name;
    return { key: Buffer.from(key, 'latin1'), row: treeEntry(mode, Buffer.from(name, 'latin1'), id) };
  });
  rows.sort((one, other) => Buffer.compare(one.key, other.key));
  return writeObject(repository, 'tree', Buffer.concat(rows.map(({ row }) => row)), format);
}

function writeNode(repository: string, node: Node, format: Format): { mode: string; id: string } {
  if (typeof node === 'string' || Buffer.isBuffer(node))
    return { mode: '100644', id: writeObject(repository, 'blob', Buffer.from(node), format) };
  if (isSpecial(node)) {
    const id = node.id ?? writeObject(repository, 'blob', Buffer.from(node.content ?? ''), format);
    return { mode: node.mode, id };
  }
  return { mode: '40000', id: writeTree(repository, node, format) };
}

function isSpecial(node: object): node is { mode: string; id?: string; content?: string } {
  return 'mode' in node && typeof node.mode === 'string' && /^\d{5,6}$/.test(node.mode);
}

export const COMMITTED_AT = '2026-01-02T03:04:05.000Z';

/** Writes a commit, and lets the branch be at it. @returns its id */
export function writeCommit(repository: string, tree: string, format: Format = 'sha1'): string {
  const who = `n <n@example.org> ${Date.parse(COMMITTED_AT) / 1000} +0000`;
  const text = `tree ${tree}\nauthor ${who}\ncommitter ${who}\n\nwrite\n`;
  const id = writeObject(repository, 'commit', Buffer.from(text), format);
  mkdirSync(join(repository, 'refs/heads'), { recursive: true });
  writeFileSync(join(repository, 'refs/heads/main'), `${id}\n`);
  return id;
}

/** Makes an empty bare repository. */
export function makeBare(path: string, format: Format = 'sha1'): string {
  const env = { PATH: process.env['PATH'], HOME: '/', ...PLAIN_GIT };
  execFileSync('git', ['init', '-q', '--bare', '-b', 'main', `--object-format=${format}`, path], { env });
  return realpathSync(path);
}

/** The place of a commit, as a probe would find it. */
export function placeOf(repository: string, commit: string): ObjectPlace {
  const { uid, gid } = statSync(repository);
  return { repoId: 'r', folder: bytePath(repository), owner: { uid, gid }, branch: 'main', commit };
}

/** Makes a bare repository with one commit. */
export function bareOf(
  path: string,
  tree: { readonly [name: string]: Node },
  format: Format = 'sha1',
): ObjectPlace {
  const repository = makeBare(path, format);
  return placeOf(repository, writeCommit(repository, writeTree(repository, tree, format), format));
}

/** Reads objects without isolation, which one test covers. Close the scratch folder at the end. */
export async function openObjects(
  parent: string,
  options: Partial<GitOptions> = {},
): Promise<{ readonly objects: GitObjects; readonly scratch: ScratchFolder }> {
  const scratch = await openScratchFolder(parent);
  const objects = new GitObjects({
    ...{ run: runSubprocess, isolation: NO_ISOLATION, environment: process.env, timeoutMs: 20_000 },
    ...{ limit: pLimit(2), scratch, ...options },
  });
  return { objects, scratch };
}
