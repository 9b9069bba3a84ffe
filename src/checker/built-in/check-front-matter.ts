/** Checks C-02 and C-06: front matter, file name, type and status, and the link to the hub. */
import { faultyKeys } from '../../criteria/parse/schemas/judge.js';
import { WORKPLAN_STATUSES, WORKPLAN_TYPES, workplanSchema } from '../../criteria/parse/schemas/workplan.js';
import { quote } from '../../criteria/parse/text.js';
import type { Finding } from '../../domain/input.js';
import { fail, info, warn } from './finding.js';
import { textField, type Workplan } from './workplan.js';
import { idOfName, leadingId } from './workplan-name.js';

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
  // Check C-03 judges and reports `depends_on`, whose list may be long.
  const get = (key: string) => (key === 'depends_on' ? undefined : fields.get(key));
  return [...faultyKeys(workplanSchema, get)].map((key) => describeFault(plan, key));
}

/** The finding for a key whose value breaks the schema. */
function describeFault(plan: Workplan, key: keyof typeof workplanSchema.shape): Finding {
  const { path, fields, lineOf } = plan;
  if (key === 'state_hub_workstream_id')
    return warn('C-06', 'there is no `state_hub_workstream_id`', { path, line: 1 });
  const place = { path, line: lineOf(key) };
  const value = textField(fields, key);
  // A text breaks the schema only where the schema has a list of words.
  const known = key === 'type' ? WORKPLAN_TYPES : WORKPLAN_STATUSES;
  return value === undefined
    ? fail('C-02', `the front matter has no \`${key}\`, or it is not a text`, place)
    : fail('C-02', `the ${key} “${quote(value)}” is none of ${known.join(', ')}`, place);
}
