/** Plans which files `doi init` writes into a checkout: those that are absent, and for which nothing else stands. */
import { type BytePath, joinPath } from '../checkout/byte-path.js';
import { findFolder } from '../checkout/create-inside.js';
import { lstat } from '../checkout/file-calls.js';
import { walkFolder } from '../checkout/walk.js';
import { DoiError } from '../domain/errors.js';
import { INSTEAD } from '../inputs/probe/probe-input.js';
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
}

const README = 'README.md';

/**
 * Plans the files, without writing any.
 * @param realRoot the real path of the checkout's folder
 * @throws {DoiError} `bad_request` for a title that no workplan can have; `file_not_written` where a workplan is wanted and
 *   `workplans` is no folder for it, or holds files of another convention; `file_unreadable`
 */
export function planFiles(realRoot: BytePath, { slug, workplan }: PlanOptions): InitPlan {
  const title = workplan === undefined ? undefined : requireTitle(workplan);
  const files: NewFile[] = [];
  const left: LeftFile[] = [];
  const add = (file: NewFile, others: readonly string[] = []) => {
    const there = [file.path, ...others].find((name) => isThere(realRoot, name));
    if (there === undefined) files.push(file);
    else left.push({ path: file.path, because: there === file.path ? 'it is there' : `${there} is there` });
  };
  add({ path: 'SCOPE.md', text: scopeTemplate(slug) }, INSTEAD['SCOPE.md']);
  add({ path: 'CLAUDE.md', text: claudeTemplate(slug) }, [
    '.claude/CLAUDE.md',
    ...(INSTEAD['CLAUDE.md'] ?? []),
  ]);
  add({ path: 'tpsc.yaml', text: servicesTemplate() }, INSTEAD['tpsc.yaml']);
  const folder = walkFolder(realRoot, 'workplans');
  const real = folder.state === 'present' ? realFolder(realRoot) : 'workplans';
  if (folder.state === 'rejected' || real === undefined) {
    const reason =
      folder.state === 'rejected' ? folder.reason : 'workplans belongs to another repository (a submodule).';
    if (title !== undefined)
      throw new DoiError(
        'file_not_written',
        `A workplan cannot be written: ${reason}`,
        'Make workplans a folder of the checkout, and repeat the command.',
      );
    left.push({ path: `workplans/${README}`, because: 'workplans is no folder that can be used' });
  } else if (folder.state === 'absent' || folder.entries.length === 0)
    files.push({ path: `${real}/${README}`, text: workplansTemplate() });
  else left.push({ path: `workplans/${README}`, because: 'the folder has files' });
  if (title !== undefined) {
    const planned = planWorkplan(realRoot, { title, slug });
    if ('file' in planned)
      files.push({ ...planned.file, path: planned.file.path.replace(/^workplans(?=\/)/, () => real ?? '') });
    else left.push(planned.left);
  }
  return { files, left };
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

function isThere(realRoot: BytePath, path: string): boolean {
  return withFileErrors(path, () => lstat(joinPath(realRoot, path)) !== undefined);
}
