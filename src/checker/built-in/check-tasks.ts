/** Checks C-10, C-11 and C-13: the task blocks of a workplan. */
import { faultyKeys } from '../../criteria/parse/schemas/judge.js';
import { TASK_STATUSES, taskSchema } from '../../criteria/parse/schemas/task.js';
import { quote } from '../../criteria/parse/text.js';
import type { Finding } from '../../domain/input.js';
import { fail, warn } from './finding.js';
import { type TaskBlock, textField, type Workplan } from './workplan.js';

const CLOSED = ['done', 'cancel', 'cancelled'];

export function checkTasks(plan: Workplan): Finding[] {
  const findings = plan.tasks.flatMap((task) => checkTask(plan.path, task));
  if (plan.tasksCut) {
    const message = 'there are more task blocks than are read, here or in all workplans together';
    return [...findings, fail('C-10', message, { path: plan.path })];
  }
  if (textField(plan.fields, 'status') !== 'active') return findings;
  if (plan.tasks.length === 0 || !plan.tasks.every(isClosed)) return findings;
  const message = 'all tasks are done or cancelled, but the workplan is still active';
  const place = { path: plan.path, line: plan.lineOf('status') };
  return [...findings, warn('C-13', message, place)];
}

function checkTask(path: string, { line, fields }: TaskBlock): Finding[] {
  if (!fields.ok) {
    const message = `the task block cannot be read: ${quote(fields.reason, 200)}`;
    return [fail('C-10', message, { path, line: fields.line })];
  }
  const faulty = faultyKeys(taskSchema, fields.get);
  const findings: Finding[] = [];
  if (faulty.has('id')) findings.push(fail('C-10', 'the task has no `id`', { path, line }));
  const id = textField(fields, 'id');
  const task = id === undefined ? 'the task' : `task ${quote(id)}`;
  if (faulty.has('status')) {
    const status = textField(fields, 'status');
    const problem =
      status === undefined
        ? 'has no `status`'
        : `has the status “${quote(status)}”, which is none of ${TASK_STATUSES.join(', ')}`;
    findings.push(fail('C-10', `${task} ${problem}`, { path, line }));
  }
  if (faulty.has('state_hub_task_id'))
    findings.push(warn('C-11', `${task} has no \`state_hub_task_id\``, { path, line }));
  return findings;
}

function isClosed({ fields }: TaskBlock): boolean {
  return CLOSED.includes(textField(fields, 'status') ?? '');
}
