/** Checks a checkout's workplans, without input or output: the findings of all checks, in order and limited. */
import { quote } from '../../criteria/parse/text.js';
import type { Finding } from '../../domain/input.js';
import { checkDependsOn } from './check-depends-on.js';
import { checkFrontMatter } from './check-front-matter.js';
import { checkTasks } from './check-tasks.js';
import { fail, info, limitFindings, type Place, sortFindings, warn } from './finding.js';
import { ParseBudget, parseWorkplan, textField, type Workplan, type WorkplanFile } from './workplan.js';
import { idOfName, isWorkplanPath } from './workplan-name.js';

/**
 * Checks the files of `workplans/`, and lists at most 1,000 findings, in an order that does not depend on that of the files.
 * @param files null where there is no `workplans/` folder; a file that is no workplan is passed over
 */
export function checkWorkplans(files: readonly WorkplanFile[] | null): Finding[] {
  if (files === null) return [warn('C-01', 'there is no workplans/ folder')];
  const findings: Finding[] = [];
  const plans: Workplan[] = [];
  const budget = new ParseBudget();
  for (const { path, content } of sortByPath(files)) {
    if (!isWorkplanPath(path)) continue;
    if (content.state === 'rejected') findings.push(fail('C-02', quote(content.reason, 300), { path }));
    else plans.push(parseWorkplan(path, content.text, budget));
  }
  if (plans.length > 0 && !plans.some(({ hasFrontMatter }) => hasFrontMatter)) {
    // Files of another convention are one finding, and not one mistake for each file.
    const message =
      "no Markdown file here has front matter, so they are another convention's and not read as workplans";
    return limitFindings(sortFindings([...findings, warn('C-02', message, { path: 'workplans' })]));
  }
  for (const plan of plans)
    findings.push(...checkFrontMatter(plan), ...checkTasks(plan), ...checkPlaceholders(plan));
  return limitFindings(sortFindings([...findings, ...checkDependsOn(plans), ...checkDuplicates(plans)]));
}

function sortByPath(files: readonly WorkplanFile[]): WorkplanFile[] {
  return files.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/**
 * Check C-15: nothing is still to be written. A proposed workplan is not in use yet, so that what it lacks is only named:
 * to propose one must not make a clean repository unclean.
 */
function checkPlaceholders({ path, fields, placeholders, placeholderCount }: Workplan): Finding[] {
  const make = textField(fields, 'status') === 'proposed' ? info : warn;
  const findings = placeholders.map(({ line, text }) =>
    make('C-15', `a placeholder is still to be filled in: ${quote(text)}`, { path, line }),
  );
  const more = placeholderCount - placeholders.length;
  const line = placeholders.at(-1)?.line;
  if (more > 0 && line !== undefined)
    findings.push(make('C-15', `and ${more} more placeholders after this line`, { path, line }));
  return findings;
}

/** Check C-14: an id belongs to one workplan, and within a workplan to one task. Other workplans may repeat a task's `T01`. */
export function checkDuplicates(plans: readonly Workplan[]): Finding[] {
  const workplans = new Map<string, Place>();
  const findings: Finding[] = [];
  const claim = (seen: Map<string, Place>, id: string | undefined, place: Place) => {
    if (id === undefined) return;
    const first = seen.get(id);
    if (first === undefined) {
      seen.set(id, place);
      return;
    }
    const kind = seen === workplans ? 'workplan' : 'task';
    // Without the line of the first one: the message is part of a fingerprint, which lines above must not change.
    const where = first.path === place.path ? 'stands above already' : `is also in ${quote(first.path, 120)}`;
    findings.push(fail('C-14', `the ${kind} id ${quote(id)} ${where}`, place));
  };
  for (const plan of plans) {
    const { path, fields, lineOf } = plan;
    claim(workplans, textField(fields, 'id') ?? idOfName(path), { path, line: lineOf('id') });
    const tasks = new Map<string, Place>();
    for (const task of plan.tasks) claim(tasks, textField(task.fields, 'id'), { path, line: task.line });
  }
  return findings;
}
