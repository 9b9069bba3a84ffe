/** Plans which files `doi init` writes into a checkout: those that are absent, and for which nothing else stands. */
import { type BytePath, joinPath } from '../checkout/byte-path.js';
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

const README = 'workplans/README.md';

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
  if (folder.state === 'rejected') {
    if (title !== undefined)
      throw new DoiError(
        'file_not_written',
        `A workplan cannot be written: ${folder.reason}`,
        'Make workplans a folder of the checkout, and repeat the command.',
      );
    left.push({ path: README, because: 'workplans is no folder that can be used' });
  } else if (folder.state === 'absent' || folder.entries.length === 0)
    files.push({ path: README, text: workplansTemplate() });
  else left.push({ path: README, because: 'the folder has files' });
  if (title !== undefined) {
    const planned = planWorkplan(realRoot, { title, slug });
    if ('file' in planned) files.push(planned.file);
    else left.push(planned.left);
  }
  return { files, left };
}

function isThere(realRoot: BytePath, path: string): boolean {
  return withFileErrors(path, () => lstat(joinPath(realRoot, path)) !== undefined);
}
