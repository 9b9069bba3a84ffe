/** C-14: an id belongs to one workplan only, and within a workplan to one task. Short ids such as `T01` repeat in others. */
import { quote } from '../criteria/parse/quote.js';
import type { Finding } from '../domain/input.js';
import { found, type Place } from './finding.js';
import { textField, type Workplan } from './workplan.js';
import { idOfName } from './workplan-name.js';

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
    const where = `${quote(first.path, 120)}:${first.line}`;
    findings.push(found('C-14', 'FAIL', `the ${kind} id ${quote(id)} is also at ${where}`, place));
  };
  for (const plan of plans) {
    const { path, fields, lineOf } = plan;
    claim(workplans, textField(fields, 'id') ?? idOfName(path), { path, line: lineOf('id') });
    const tasks = new Map<string, Place>();
    for (const task of plan.tasks) claim(tasks, textField(task.fields, 'id'), { path, line: task.line });
  }
  return findings;
}
