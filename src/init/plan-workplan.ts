/** Plans the workplan that `doi init --workplan` writes. Promise: no verdict on the workplans that are there gets worse. */
import { basename } from 'node:path';
import { readWorkplans } from '../checker/built-in/read-workplans.js';
import { ParseBudget, parseWorkplan, textField, type Workplan } from '../checker/built-in/workplan.js';
import { idOfName, isWorkplanPath } from '../checker/built-in/workplan-name.js';
import type { BytePath } from '../checkout/byte-path.js';
import { DoiError } from '../domain/errors.js';
import { cleanText } from '../domain/text.js';
import { isNamedAs, nameWorkplan } from './name-workplan.js';
import type { NewFile } from './show-diff.js';
import { workplanTemplate } from './templates.js';

/** How many files one message names. */
const MAX_NAMED = 3;

/** A file that is not written, and why, as a clause. */
export interface LeftFile {
  readonly path: string;
  readonly because: string;
}

/** Either a file to write, or the workplan that is there for it. */
export type PlannedWorkplan = { readonly file: NewFile } | { readonly left: LeftFile };

export interface WorkplanOptions {
  readonly title: string;
  /** Of the repository. */
  readonly slug: string;
  /** Workplans that git has and the folder has not, whose numbers stay taken. */
  readonly gone: readonly string[];
}

/**
 * Plans it, without writing it.
 * @param realRoot the real path of the checkout's folder
 * @throws {DoiError} `file_not_written` where the folder's files follow another convention; `file_unreadable`
 */
export function planWorkplan(realRoot: BytePath, { title, slug, gone }: WorkplanOptions): PlannedWorkplan {
  const plans = parseAll(realRoot);
  const same = plans.find((plan) => isSame(plan, title));
  if (same !== undefined)
    return {
      left: {
        path: cleanText(same.path),
        because: same.isRead ? 'it is a workplan of this title' : 'a file of this name is there',
      },
    };
  requireConvention(plans.filter(({ isRead }) => isRead));
  const taken = plans.map(({ path, fields }) => ({ path, id: textField(fields, 'id') }));
  const { id, path } = nameWorkplan(title, [...taken, ...gone.map((each) => ({ path: each }))], slug);
  return { file: { path, text: workplanTemplate({ id, title }), id } };
}

/**
 * Whether another workplan than this one has its id, by its name or its front matter.
 * @throws {DoiError} `file_unreadable`
 */
export function isIdTaken(realRoot: BytePath, { path: own, id }: NewFile): boolean {
  return parseAll(realRoot).some(
    ({ path, fields }) =>
      basename(path) !== basename(own) &&
      [idOfName(path), textField(fields, 'id')].some((each) => each?.toLowerCase() === id?.toLowerCase()),
  );
}

/** A file that is refused, or empty, as one is that another run is about to write, has a name all the same, which takes its number. */
interface Plan extends Workplan {
  readonly isRead: boolean;
}

function parseAll(realRoot: BytePath): Plan[] {
  const read = readWorkplans(realRoot);
  if (read.state !== 'present') return [];
  const budget = new ParseBudget();
  return read.files.flatMap(({ path, content }) => {
    if (!isWorkplanPath(path)) return [];
    const text = content.state === 'present' ? content.text : '';
    const isRead = content.state === 'present' && (text !== '' || idOfName(path) === undefined);
    return [{ ...parseWorkplan(path, text, budget), isRead }];
  });
}

/** An archived workplan is finished, so that another one of its title is a new piece of work. */
function isSame({ path, fields }: Workplan, title: string): boolean {
  if (path.startsWith('workplans/archived/')) return false;
  const found = textField(fields, 'title');
  return found === undefined ? isNamedAs(path, title) : found.toLowerCase() === title.toLowerCase();
}

/** With one workplan that has front matter, the checker reads every other file as a workplan too, and fails each. */
function requireConvention(plans: readonly Workplan[]): void {
  if (plans.length === 0 || plans.some(({ hasFrontMatter }) => hasFrontMatter)) return;
  const names = plans.slice(0, MAX_NAMED).map(({ path }) => cleanText(path));
  const more = plans.length > MAX_NAMED ? ` and ${plans.length - MAX_NAMED} more` : '';
  throw new DoiError(
    'file_not_written',
    `Nothing was written: the files in workplans follow another convention, without front matter (${names.join(', ')}${more}). Beside a workplan of this one, each of them would be judged as a broken workplan.`,
    'Give them front matter, or move them to another folder, and repeat the command; without --workplan nothing there is changed.',
  );
}
