/** Writes into a checkout the files that it lacks for the next tier. Promise: nothing that is there is changed. */
import { basename, dirname } from 'node:path';
import { bytePath } from '../checkout/byte-path.js';
import { createInside } from '../checkout/create-inside.js';
import { findCheckout } from '../checkout/find-checkout.js';
import { realFolder } from '../checkout/real-folder.js';
import { DoiError } from '../domain/errors.js';
import { quoteForShell } from '../domain/text.js';
import type { Tracked } from '../git/find-tracked.js';
import { makeSlug } from '../registry/slug.js';
import { type InitPlan, planFiles } from './plan-files.js';
import type { LeftFile } from './plan-workplan.js';
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
  const plan = planFiles(realRoot, { slug, workplan: options.workplan });
  if (plan.files.length === 0) return { path, slug, ...plan };
  const { findTracked, ask } = makeDeps(path);
  const tracked = await findTracked(plan.files.map((file) => file.path));
  const { files, left } = leaveSparse(plan, tracked);
  if (options.dryRun || files.length === 0) return { path, slug, files, left };
  if (!options.yes) await confirm(tracked, ask);
  const written: NewFile[] = [];
  const appeared: LeftFile[] = [];
  for (const file of files) {
    if (write(realRoot, file, written) === 'created') written.push(file);
    else appeared.push({ path: file.path, because: 'it appeared meanwhile' });
  }
  return { path, slug, files: written, left: [...left, ...appeared] };
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
  const because = 'git has it or its folder, which this sparse checkout leaves out';
  return {
    files: files.filter(({ path }) => !sparse.has(path)),
    left: [...left, ...[...sparse].map((path) => ({ path, because }))],
  };
}

async function confirm(tracked: Tracked, ask: InitDeps['ask']): Promise<void> {
  if (tracked.state === 'known' && tracked.paths.length === 0) return;
  const found =
    tracked.state === 'known'
      ? `Deleted, and that is not committed: ${tracked.paths.join(', ')}.`
      : `Whether one of the files was deleted and that is not committed is not known: ${tracked.why}.`;
  const answer = await ask?.(`${found}\nWrite all the same? [y/N] `);
  if (answer !== undefined && /^y(?:es)?$/i.test(answer)) return;
  throw new DoiError(
    'uncommitted_deletion',
    `Nothing was written. ${found}`,
    'Commit the deletion, or restore the file ("git checkout HEAD -- FILE"); --yes writes all the same.',
  );
}

/** @param written what was written before, which an error names */
function write(realRoot: string, { path, text }: NewFile, written: readonly NewFile[]) {
  const folder = dirname(path);
  try {
    const name = basename(path);
    return createInside(realRoot, folder === '.' ? { name, text } : { folder, name, text });
  } catch (error) {
    if (!(error instanceof DoiError) || written.length === 0) throw error;
    const before = written.map((file) => file.path).join(', ');
    throw new DoiError(error.code, `${error.message} Written before: ${before}.`, error.remedy, {
      cause: error,
    });
  }
}
