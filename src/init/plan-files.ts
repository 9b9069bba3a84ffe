/** Plans which files `doi init` writes into a checkout: those that are absent, and for which nothing else stands. */
import { basename } from 'node:path';
import { type BytePath, joinPath } from '../checkout/byte-path.js';
import { findFolder } from '../checkout/create-inside.js';
import { lstat, readNames } from '../checkout/file-calls.js';
import { walkFolder } from '../checkout/walk.js';
import { DoiError } from '../domain/errors.js';
import { INSTEAD, leadsToFile } from '../inputs/probe/probe-input.js';
import { withFileErrors } from '../platform/file-errors.js';
import { requireTitle } from './name-workplan.js';
import { type LeftFile, planWorkplan } from './plan-workplan.js';
import type { NewFile } from './show-diff.js';
import { claudeTemplate, scopeTemplate, servicesTemplate, workplansTemplate } from './templates.js';

export interface InitPlan {
  readonly files: readonly NewFile[];
  readonly left: readonly LeftFile[];
}

export interface PlanOptions {
  /** Of the repository. */
  readonly slug: string;
  /** The title of a workplan to write. */
  readonly workplan?: string | undefined;
  /** Workplans that git has and the folder has not. */
  readonly gone?: readonly string[];
}

const README = 'README.md';

/**
 * Plans the files, without writing any.
 * @param realRoot the real path of the checkout's folder
 * @throws {DoiError} `bad_request` for a title that no workplan can have; `file_not_written` where a workplan is wanted and
 *   `workplans` is no folder for it, or holds files of another convention; `file_unreadable`
 */
export function planFiles(realRoot: BytePath, { slug, workplan, gone = [] }: PlanOptions): InitPlan {
  const title = workplan === undefined ? undefined : requireTitle(workplan);
  const files: NewFile[] = [];
  const left: LeftFile[] = [];
  const names = rootNames(realRoot);
  const add = (file: NewFile, others: readonly string[] = []) => {
    const there = sameName(names, file.path) ?? others.find((name) => standsThere(realRoot, name));
    if (there === undefined) files.push(file);
    else left.push({ path: file.path, because: describeThere(there, file.path) });
  };
  add({ path: 'SCOPE.md', text: scopeTemplate(slug) }, INSTEAD['SCOPE.md']);
  add({ path: 'CLAUDE.md', text: claudeTemplate(slug) }, [
    '.claude/CLAUDE.md',
    ...(INSTEAD['CLAUDE.md'] ?? []),
  ]);
  add({ path: 'tpsc.yaml', text: servicesTemplate() }, INSTEAD['tpsc.yaml']);
  const place = placeOfWorkplans(realRoot, names);
  if ('reason' in place) {
    if (title !== undefined)
      throw new DoiError(
        'file_not_written',
        `A workplan cannot be written: ${place.reason}`,
        'Make workplans a folder of the checkout, and repeat the command.',
      );
    left.push({ path: `workplans/${README}`, because: place.because });
    return { files, left };
  }
  if (place.isEmpty) files.push({ path: `${place.path}/${README}`, text: workplansTemplate() });
  else left.push({ path: `workplans/${README}`, because: 'the folder has files' });
  if (title !== undefined) {
    const planned = planWorkplan(realRoot, { title, slug, gone });
    if ('left' in planned) left.push(planned.left);
    else files.push({ ...planned.file, path: `${place.path}/${basename(planned.file.path)}` });
  }
  return { files, left };
}

function describeThere(there: string, path: string): string {
  if (there === path) return 'it is there';
  // Only a file of exactly that name is judged, and beside this one some file systems can have none.
  const isOtherCase = there.toLowerCase() === path.toLowerCase();
  return isOtherCase ? `${there} is there; rename it: mv ${there} ${path}` : `${there} is there`;
}

/** Where files of the workplans folder are written, or why nowhere. */
type Place =
  | { readonly path: string; readonly isEmpty: boolean }
  | { readonly reason: string; readonly because: string };

function placeOfWorkplans(realRoot: BytePath, names: readonly BytePath[]): Place {
  const because = 'workplans is no folder that can be used';
  const folder = walkFolder(realRoot, 'workplans');
  if (folder.state === 'rejected') return { reason: folder.reason, because };
  if (folder.state === 'absent') {
    const other = sameName(names, 'workplans');
    if (other === undefined) return { path: 'workplans', isEmpty: true };
    const reason = `${other} is there, which some file systems take for workplans.`;
    return { reason, because: `${other} is there` };
  }
  const path = realFolder(realRoot);
  if (path !== undefined) return { path, isEmpty: folder.entries.length === 0 };
  return { reason: 'workplans belongs to another repository (a submodule).', because };
}

/**
 * The path of the workplans folder below the root, by which git knows its files where `workplans` is a link; undefined where
 * nothing may be written there.
 */
function realFolder(realRoot: BytePath): string | undefined {
  const path = withFileErrors('workplans', () => findFolder(realRoot, 'workplans'));
  if (path === undefined) return undefined;
  const below = path.slice(realRoot.length).replace(/^\//, '');
  // A diff has no plain form for other names.
  return /^[\w.@+/-]+$/.test(below) ? below : 'workplans';
}

/** Whether a file stands for one that is absent. Of one in `.claude`, C6 judges whatever it is. */
function standsThere(realRoot: BytePath, name: string): boolean {
  return withFileErrors(name, () =>
    name.includes('/') ? lstat(joinPath(realRoot, name)) !== undefined : leadsToFile(realRoot, name),
  );
}

function rootNames(realRoot: BytePath): readonly BytePath[] {
  return withFileErrors('the checkout', () => [
    ...readNames({ path: realRoot, size: lstat(realRoot)?.size ?? 0n }),
  ]);
}

/** The name that is there, else one of another case, beside which some file systems cannot have it. */
function sameName(names: readonly BytePath[], wanted: string): string | undefined {
  return names.includes(wanted) ? wanted : names.find((name) => name.toLowerCase() === wanted.toLowerCase());
}
