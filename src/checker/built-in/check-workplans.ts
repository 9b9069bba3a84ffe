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
  const cut = { WARN: 0, INFO: 0 };
  for (const plan of plans) {
    findings.push(...checkFrontMatter(plan), ...checkTasks(plan), ...checkPlaceholders(plan));
    cut[severityOfPlaceholders(plan)] += plan.placeholdersCut;
  }
  const all = [...findings, ...checkDependsOn(plans), ...checkDuplicates(plans)];
  return limitFindings(sortFindings(all), cut);
}

function sortByPath(files: readonly WorkplanFile[]): WorkplanFile[] {
  return files.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/**
 * Check C-15: nothing is still to be written. A proposed workplan is not in use yet, so that what it lacks is only named:
 * to propose one must not make a clean repository unclean.
 */
function checkPlaceholders(plan: Workplan): Finding[] {
  const make = severityOfPlaceholders(plan) === 'INFO' ? info : warn;
  return plan.placeholders.map(({ line, text }) =>
    make('C-15', `a placeholder is still to be filled in: ${quote(text)}`, { path: plan.path, line }),
  );
}

function severityOfPlaceholders({ fields }: Workplan): 'INFO' | 'WARN' {
  return textField(fields, 'status') === 'proposed' ? 'INFO' : 'WARN';
}

/** Check C-14: an id belongs to one workplan, and within a workplan to one task. Other workplans may repeat a task's `T01`. */
export function checkDuplicates(plans: readonly Workplan[]): Finding[] {
  const workplans = new Map<string, Place>();
  const shared = new Set<string>();
  const findings: Finding[] = [];
  const claim = (seen: Map<string, Place>, id: string | undefined, place: Place) => {
    if (id === undefined) return;
    const first = seen.get(id);
    if (first === undefined) {
      seen.set(id, place);
      return;
    }
    // Without line or path of the first one: the message is part of a fingerprint, which a change elsewhere must not change.
    if (first.path === place.path) {
      findings.push(fail('C-14', `the task id ${quote(id)} stands above already`, place));
      return;
    }
    findings.push(fail('C-14', `the workplan id ${quote(id)} is also that of another workplan`, place));
    if (!shared.has(id)) findings.push(info('C-14', `the workplan id ${quote(id)} is here first`, first));
    shared.add(id);
  };
  for (const plan of plans) {
    const { path, fields, lineOf } = plan;
    claim(workplans, textField(fields, 'id') ?? idOfName(path), { path, line: lineOf('id') });
    const tasks = new Map<string, Place>();
    for (const task of plan.tasks) claim(tasks, textField(task.fields, 'id'), { path, line: task.line });
  }
  return findings;
}
