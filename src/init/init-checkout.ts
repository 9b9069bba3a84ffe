/** Writes into a checkout the files that it lacks for the next tier. Promise: nothing that is there is changed. */
import { basename, dirname } from 'node:path';
import { isWorkplanPath } from '../checker/built-in/workplan-name.js';
import { type BytePath, bytePath, joinPath } from '../checkout/byte-path.js';
import { type Created, createInside } from '../checkout/create-inside.js';
import { lstat } from '../checkout/file-calls.js';
import { findCheckout } from '../checkout/find-checkout.js';
import { realFolder } from '../checkout/real-folder.js';
import { DoiError } from '../domain/errors.js';
import { quoteForShell } from '../domain/text.js';
import type { KnownTracked, Tracked } from '../git/find-tracked.js';
import { withFileErrors } from '../platform/file-errors.js';
import { makeSlug } from '../registry/slug.js';
import { isNamedAs } from './name-workplan.js';
import { type InitPlan, planFiles } from './plan-files.js';
import { isIdTaken, type LeftFile } from './plan-workplan.js';
import type { NewFile } from './show-diff.js';

export interface InitOptions {
  /** The root of the checkout. */
  readonly path: string;
  /** The title of a workplan to write. */
  readonly workplan?: string | undefined;
  /** Whether nothing is written. */
  readonly dryRun: boolean;
  /** Whether files are written although they were deleted and that is not committed. */
  readonly yes: boolean;
}

export interface InitDeps {
  /** Finds which of these paths are in the last commit or in the index. */
  readonly findTracked: (paths: readonly string[]) => Promise<Tracked>;
  /** Asks the person at the terminal; undefined, or an answer of undefined, where there is no terminal. */
  readonly ask?: ((question: string) => Promise<string | undefined>) | undefined;
}

export interface InitResult {
  /** The real path of the checkout. */
  readonly path: string;
  readonly slug: string;
  /** What was written, or would be. */
  readonly files: readonly NewFile[];
  readonly left: readonly LeftFile[];
}

/**
 * Plans the files, and writes them unless it is a dry run.
 * @throws {DoiError} `not_a_folder`, `not_a_repository`, `bad_request`, `uncommitted_deletion`, `file_not_written`,
 *   `file_unreadable`
 */
export async function initCheckout(
  options: InitOptions,
  makeDeps: (realRoot: string) => InitDeps,
): Promise<InitResult> {
  const path = await realFolder(options.path);
  requireRoot(path, findCheckout(path));
  const slug = makeSlug(basename(path));
  const realRoot = bytePath(path);
  let gone: readonly GoneWorkplan[] = [];
  const makePlan = () =>
    planFiles(realRoot, { slug, workplan: options.workplan, gone: gone.map((each) => each.path) });
  let plan = makePlan();
  if (plan.files.length === 0) return { path, slug, ...plan };
  const { findTracked, ask } = makeDeps(path);
  let tracked = await findTracked(plan.files.map((file) => file.path));
  gone = findGone(realRoot, plan, tracked);
  if (gone.length > 0) {
    plan = makePlan();
    tracked = await findTracked(plan.files.map((file) => file.path));
  }
  const { files, left } = leaveSparse(plan, tracked);
  if (options.dryRun || files.length === 0) return { path, slug, files, left };
  const same = gone.filter((each) => isSameGone(each, options.workplan ?? ''));
  if (!options.yes) await confirm(tracked, same, ask);
  const written: NewFile[] = [];
  const appeared: LeftFile[] = [];
  for (const file of files) {
    const done = write(realRoot, { file, written, replan: () => makePlan().files.find(isWorkplan) });
    if (done !== undefined) written.push(done);
    else appeared.push({ path: file.path, because: 'it appeared meanwhile' });
  }
  return { path, slug, files: written, left: [...left, ...appeared] };
}

/** A workplan that git has and the folder has not. */
interface GoneWorkplan {
  /** As git has it; it differs from `path` where `workplans` is a link. */
  readonly name: string;
  readonly path: string;
}

/** Finds them, since their numbers are taken until their deletion is committed. */
function findGone(realRoot: BytePath, plan: InitPlan, tracked: Tracked): GoneWorkplan[] {
  const own = plan.files.find(isWorkplan);
  if (own === undefined || tracked.state !== 'known') return [];
  const folder = dirname(own.path);
  return tracked.below
    .filter((name) => name.startsWith(`${folder}/`))
    .map((name) => ({ name, path: `workplans${name.slice(folder.length)}` }))
    .filter(({ path }) => isWorkplanPath(path))
    .filter(({ name }) =>
      withFileErrors(name, () => lstat(joinPath(realRoot, bytePath(name))) === undefined),
    );
}

function isSameGone({ path }: GoneWorkplan, title: string): boolean {
  return !path.startsWith('workplans/archived/') && isNamedAs(path, title);
}

function isWorkplan({ id }: NewFile): boolean {
  return id !== undefined;
}

/** It writes into the folder that is given and nowhere else, so that must be the whole checkout. */
function requireRoot(given: string, root: string): void {
  if (given === root) return;
  throw new DoiError(
    'not_a_repository',
    `${given} is a folder within the checkout ${root}.`,
    `Give the checkout itself: "doi init ${quoteForShell(root)}".`,
  );
}

/** A sparse checkout lacks files that git has: to write one would replace it at the next commit. */
function leaveSparse({ files, left }: InitPlan, tracked: Tracked): InitPlan {
  const sparse = new Set(tracked.state === 'known' ? tracked.sparse : []);
  const because = (path: string) =>
    `git has it or its folder, which this sparse checkout leaves out: "git sparse-checkout add ${dirname(path) === '.' ? path : dirname(path)}" adds it`;
  return {
    files: files.filter(({ path }) => !sparse.has(path)),
    left: [...left, ...[...sparse].map((path) => ({ path, because: because(path) }))],
  };
}

/** @param same deleted workplans of the title of the new one */
async function confirm(tracked: Tracked, same: readonly GoneWorkplan[], ask: InitDeps['ask']): Promise<void> {
  const deleted = tracked.state === 'known' ? [...tracked.paths, ...same.map(({ name }) => name)] : [];
  if (tracked.state === 'known' && deleted.length === 0) return;
  const found =
    tracked.state === 'known'
      ? describeDeleted(deleted)
      : `It is not known whether a file has an uncommitted deletion: ${tracked.why}.`;
  const answer = await ask?.(`${found}\nWrite all the same? [y/N] `);
  if (answer !== undefined && /^y(?:es)?$/i.test(answer)) return;
  const remedy =
    tracked.state === 'known'
      ? `Commit the deletion, or restore the file (${restore(deleted, tracked)}); --yes writes all the same.`
      : tracked.remedy;
  throw new DoiError('uncommitted_deletion', `Nothing was written. ${found}`, remedy);
}

function describeDeleted(paths: readonly string[]): string {
  return paths.length === 1
    ? `${paths[0]} was deleted, and the deletion is not committed.`
    : `${paths.slice(0, -1).join(', ')} and ${paths.at(-1)} were deleted, and the deletions are not committed.`;
}

/** The commands that restore files: from the index where that has them, which a branch without a commit has too. */
function restore(paths: readonly string[], { indexed }: KnownTracked): string {
  const commands = [
    ['git checkout --', paths.filter((path) => indexed.includes(path))],
    ['git checkout HEAD --', paths.filter((path) => !indexed.includes(path))],
  ] as const;
  return commands
    .filter(([, of]) => of.length > 0)
    .map(([command, of]) => `"${command} ${of.join(' ')}"`)
    .join(' and ');
}

/** More than runs that start at one time need. */
const ATTEMPTS = 20;

interface Writing {
  readonly file: NewFile;
  /** What was written before, which an error names. */
  readonly written: readonly NewFile[];
  /** Plans the workplan again; undefined where it is no longer needed. */
  readonly replan: () => NewFile | undefined;
}

/**
 * Writes a file. A workplan whose id another run gave at the same time is removed and planned again: of two runs, the one that
 * creates its file later finds the other's.
 * @returns the file as it was written; undefined where something is there
 */
function write(realRoot: BytePath, { file, written, replan }: Writing): NewFile | undefined {
  let next: NewFile | undefined = file;
  for (let left = ATTEMPTS; left > 0 && next !== undefined; left -= 1) {
    const outcome = writeOnce(realRoot, next, written);
    if (outcome !== 'undone') return outcome === 'created' ? next : undefined;
    next = replan();
  }
  if (next === undefined) return undefined;
  const found = 'The workplan was not written: other runs took each id that was planned for it.';
  throw new DoiError('file_not_written', found, 'Repeat the command once they have ended.');
}

function writeOnce(realRoot: BytePath, file: NewFile, written: readonly NewFile[]): Created {
  const folder = dirname(file.path);
  try {
    return createInside(realRoot, {
      folder: folder === '.' ? undefined : folder,
      name: basename(file.path),
      text: file.text,
      keep: () => !isWorkplan(file) || !isIdTaken(realRoot, file),
    });
  } catch (error) {
    if (!(error instanceof DoiError) || written.length === 0) throw error;
    const before = written.map(({ path }) => path).join(', ');
    throw new DoiError(error.code, `${error.message} Written before: ${before}.`, error.remedy, {
      cause: error,
    });
  }
}
