/** C-02 and C-06: front matter, file name, type and status, and the link to the hub. */
import { quote } from '../../criteria/parse/text.js';
import type { Finding } from '../../domain/input.js';
import { found } from './finding.js';
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
  // In older files.
  'todo',
  'completed',
  'done',
];

/** One finding per cause: a file whose front matter cannot be parsed is not reported for its name as well. */
export function checkFrontMatter(plan: Workplan): Finding[] {
  return plan.fields.ok ? [...checkName(plan), ...checkKeys(plan)] : checkKeys(plan);
}

function checkName({ path, fields, lineOf }: Workplan): Finding[] {
  const named = idOfName(path);
  if (named === undefined) {
    const form = path.startsWith('workplans/archived/')
      ? 'YYMMDD-<ID>-<slug>.md or ADHOC-YYYY-MM-DD.md'
      : '<ID>-<slug>.md or ADHOC-YYYY-MM-DD.md';
    return [found('C-02', 'WARN', `the file name does not follow the convention ${form}`, { path })];
  }
  const id = textField(fields, 'id');
  if (id === undefined || id === named) return [];
  const place = { path, line: lineOf('id') };
  const [one, other] = [leadingId(id), leadingId(named)];
  if (one === undefined || one.id !== id || one.number !== other?.number) {
    const message = `the id “${quote(id)}” differs from the file name's, ${quote(named)}`;
    return [found('C-02', 'FAIL', message, place)];
  }
  // Projects name files for the repository and keep the ids of another prefix.
  const message = `the id “${quote(id)}” has another prefix than the file name, ${quote(named)}`;
  return [found('C-02', 'INFO', message, place)];
}

function checkKeys(plan: Workplan): Finding[] {
  const { path, fields } = plan;
  if (!fields.ok) {
    const message = `the front matter cannot be read: ${quote(fields.reason, 200)}`;
    return [found('C-02', 'FAIL', message, { path, line: fields.line })];
  }
  const missing = REQUIRED.filter((key) => textField(fields, key) === undefined);
  const findings = [
    ...missing.map((key) =>
      found('C-02', 'FAIL', `the front matter has no \`${key}\`, or it is not a text`, {
        path,
        line: plan.lineOf(key),
      }),
    ),
    ...checkKnown(plan, 'type', WORKPLAN_TYPES),
    ...checkKnown(plan, 'status', WORKPLAN_STATUSES),
  ];
  if (textField(fields, 'state_hub_workstream_id') === undefined)
    findings.push(found('C-06', 'WARN', 'there is no `state_hub_workstream_id`', { path, line: 1 }));
  return findings;
}

function checkKnown(plan: Workplan, key: 'type' | 'status', known: readonly string[]): Finding[] {
  const value = textField(plan.fields, key);
  if (value === undefined || known.includes(value)) return [];
  const message = `the ${key} “${quote(value)}” is none of ${known.join(', ')}`;
  return [found('C-02', 'FAIL', message, { path: plan.path, line: plan.lineOf(key) })];
}
