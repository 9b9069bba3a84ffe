/** Checks C-02 and C-06: front matter, file name, type and status, and the link to the hub. */
import { quote } from '../../criteria/parse/text.js';
import type { Finding } from '../../domain/input.js';
import { fail, info, warn } from './finding.js';
import { textField, type Workplan } from './workplan.js';
import { idOfName, leadingId } from './workplan-name.js';

const REQUIRED = ['id', 'type', 'title', 'domain', 'status'] as const;

export const WORKPLAN_TYPES: readonly string[] = ['workplan', 'feature'];
export const WORKPLAN_STATUSES: readonly string[] = [
  'proposed',
  'ready',
  'active',
  'blocked',
  'backlog',
  'finished',
  'archived',
  // Accepted because older files have them.
  'todo',
  'completed',
  'done',
];

/** One cause gives one finding: where the front matter cannot be read, the name is not checked. */
export function checkFrontMatter(plan: Workplan): Finding[] {
  return plan.fields.ok ? [...checkName(plan), ...checkKeys(plan)] : checkKeys(plan);
}

function checkName({ path, fields, lineOf }: Workplan): Finding[] {
  const named = idOfName(path);
  if (named === undefined) {
    const form = path.startsWith('workplans/archived/')
      ? 'YYMMDD-<ID>-<slug>.md or ADHOC-YYYY-MM-DD.md'
      : '<ID>-<slug>.md or ADHOC-YYYY-MM-DD.md';
    return [warn('C-02', `the file name does not follow the convention ${form}`, { path })];
  }
  const id = textField(fields, 'id');
  if (id === undefined || id === named) return [];
  const place = { path, line: lineOf('id') };
  const [one, other] = [leadingId(id), leadingId(named)];
  if (one === undefined || one.id !== id || one.number !== other?.number) {
    const message = `the id “${quote(id)}” differs from the file name's, ${quote(named)}`;
    return [fail('C-02', message, place)];
  }
  // Some projects name their files after the repository, and keep ids with another prefix.
  const message = `the id “${quote(id)}” has another prefix than the file name, ${quote(named)}`;
  return [info('C-02', message, place)];
}

function checkKeys(plan: Workplan): Finding[] {
  const { path, fields } = plan;
  if (!fields.ok) {
    const message = `the front matter cannot be read: ${quote(fields.reason, 200)}`;
    return [fail('C-02', message, { path, line: fields.line })];
  }
  const missing = REQUIRED.filter((key) => textField(fields, key) === undefined);
  const findings = [
    ...missing.map((key) =>
      fail('C-02', `the front matter has no \`${key}\`, or it is not a text`, {
        path,
        line: plan.lineOf(key),
      }),
    ),
    ...checkKnown(plan, 'type', WORKPLAN_TYPES),
    ...checkKnown(plan, 'status', WORKPLAN_STATUSES),
  ];
  if (textField(fields, 'state_hub_workstream_id') === undefined)
    findings.push(warn('C-06', 'there is no `state_hub_workstream_id`', { path, line: 1 }));
  return findings;
}

function checkKnown(plan: Workplan, key: 'type' | 'status', known: readonly string[]): Finding[] {
  const value = textField(plan.fields, key);
  if (value === undefined || known.includes(value)) return [];
  const message = `the ${key} “${quote(value)}” is none of ${known.join(', ')}`;
  return [fail('C-02', message, { path: plan.path, line: plan.lineOf(key) })];
}
