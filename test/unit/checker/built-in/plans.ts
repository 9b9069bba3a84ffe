/** Workplans without faults, in which a test changes one thing at a time. */
import { checkWorkplans } from '../../../../src/checker/built-in/check-workplans.js';
import type { WorkplanFile } from '../../../../src/checker/built-in/workplan.js';

export const ID = 'CUST-WP-0024';
export const PATH = `workplans/${ID}-repo-doi-gate.md`;

const FIELDS: Record<string, string> = {
  id: ID,
  type: 'workplan',
  title: 'The gate',
  domain: 'custodian',
  status: 'active',
  state_hub_workstream_id: '0f0e0d0c',
};
const TASK: Record<string, string> = {
  id: `${ID}-T01`,
  status: 'todo',
  priority: 'high',
  state_hub_task_id: '0a0b0c0d',
};

/** Front matter with some keys changed, or left out where null. */
export function front(changes: Record<string, string | null> = {}): string {
  return `---\n${lines(FIELDS, changes)}---\n`;
}

/** A task block with some keys changed, or left out where null. */
export function task(changes: Record<string, string | null> = {}): string {
  return `\`\`\`task\n${lines(TASK, changes)}\`\`\`\n`;
}

export function file(path: string, text: string): WorkplanFile {
  return { path, content: { state: 'present', text } };
}

/** A workplan without faults of an id of its own. */
export function plan(id: string, changes: Record<string, string | null> = {}): WorkplanFile {
  return file(`workplans/${id}-x.md`, front({ id, ...changes }) + task({ id: `${id}-T01` }));
}

/** The findings, each as a text such as `C-02 FAIL workplans/x.md:3 message`. */
export function check(...files: WorkplanFile[]): string[] {
  return checkWorkplans(files).map(
    ({ check: id, severity, file: path, line, message }) =>
      `${id} ${severity} ${path}:${line ?? '-'} ${message}`,
  );
}

function lines(fields: Record<string, string>, changes: Record<string, string | null>): string {
  return Object.entries({ ...fields, ...changes })
    .map(([key, value]) => (value === null ? '' : `${key}: ${value}\n`))
    .join('');
}
