/** Loads what a commit holds without any of what finds out what must be loaded again: from a folder, as a checkout. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CONTENT_KEYS, type InputValues } from '../../../../src/domain/input.js';
import { loadInputs } from '../../../../src/inputs/load/load-inputs.js';
import {
  makeBare,
  openObjects,
  placeOf,
  writeCommit,
  writeTree,
} from '../../../integration/git/objects/repositories.js';
import { Installation } from '../installation.js';
import { type Commit, type Files, nest } from './origin.js';

export class CommitOracle {
  /** A repository that nothing happens to. */
  readonly #repository: string;
  /** Its checker judges workplans in process. */
  readonly installation: Installation;
  readonly #folder: string;
  readonly #git: Awaited<ReturnType<typeof openObjects>>;

  private constructor(folder: string, git: Awaited<ReturnType<typeof openObjects>>) {
    this.#folder = folder;
    this.#git = git;
    this.#repository = makeBare(join(folder, 'reference.git'));
    this.installation = new Installation({ folder, index: 0, isReal: false });
  }

  static async open(folder: string): Promise<CommitOracle> {
    return new CommitOracle(folder, await openObjects(folder));
  }

  close(): Promise<void> {
    return this.#git.scratch.close();
  }

  /** The values of all that a commit holds, and what the checker finds. */
  async load(commit: Commit): Promise<Partial<InputValues>> {
    // No checkout has the words for these: it has an empty folder, or the text.
    if ([...commit.files.values()].some(isOfGit)) return this.#loadByGit(commit);
    const root = mkdtempSync(join(this.#folder, 'checkout-'));
    try {
      checkOut(root, commit.files);
      return this.#toValues(loadInputs({ path: root }, CONTENT_KEYS), root);
    } finally {
      rmSync(root, { recursive: true });
    }
  }

  async #loadByGit({ files }: Commit): Promise<Partial<InputValues>> {
    const { objects } = this.#git;
    const tree = writeTree(this.#repository, nest(files));
    const place = placeOf(this.#repository, writeCommit(this.#repository, tree));
    const loaded = await objects.load(place, CONTENT_KEYS);
    if ('rejected' in (loaded.workplans?.value ?? {})) return this.#toValues(loaded, '');
    return objects.layOut(place, [], async ({ path }) => this.#toValues(loaded, path));
  }

  #toValues(loaded: object, folder: string): Partial<InputValues> {
    const values = Object.entries<{ value: unknown }>({ ...loaded }).map(([key, { value }]) => [key, value]);
    const { workplans, ...texts } = Object.fromEntries(values);
    const findings: InputValues['findings'] =
      'rejected' in workplans
        ? { state: 'rejected', reason: workplans.rejected }
        : { state: 'checked', findings: this.installation.checkInProcess(folder) };
    return { ...texts, findings };
  }
}

function isOfGit(node: unknown): boolean {
  if (typeof node === 'string') return node.startsWith('version https://git-lfs');
  return typeof node === 'object' && node !== null && 'mode' in node && node.mode === '160000';
}

/** Writes what git would check out, but for what lies below something that is no folder. */
function checkOut(root: string, files: Files): void {
  for (const [path, node] of files) {
    const names = path.split('/');
    if (names.some((_, index) => index > 0 && files.has(names.slice(0, index).join('/')))) continue;
    const at = join(root, path);
    mkdirSync(dirname(at), { recursive: true });
    if (typeof node === 'string' || Buffer.isBuffer(node)) writeFileSync(at, node);
    else symlinkSync(String(node['content']), at);
  }
}
