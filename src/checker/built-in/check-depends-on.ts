/** Check C-03: a workplan that another depends on exists, as far as its id is one of this checkout. */
import { keeps } from '../../criteria/parse/schemas/judge.js';
import { dependencySchema, dependsOnSchema } from '../../criteria/parse/schemas/workplan.js';
import { quote } from '../../criteria/parse/text.js';
import type { Finding } from '../../domain/input.js';
import { fail, info, warn } from './finding.js';
import { textField, textOf, type Workplan } from './workplan.js';
import { idOfName, leadingId } from './workplan-name.js';

export function checkDependsOn(plans: readonly Workplan[]): Finding[] {
  const ids = new Set<string>();
  const prefixes = new Set<string>();
  for (const { path, fields } of plans) {
    for (const id of [textField(fields, 'id'), idOfName(path)]) {
      if (id === undefined) continue;
      ids.add(id);
      const prefix = leadingId(id)?.prefix;
      if (prefix !== undefined) prefixes.add(prefix);
    }
  }
  return plans.flatMap((plan) => checkOne(plan, ids, prefixes));
}

function checkOne(plan: Workplan, ids: ReadonlySet<string>, prefixes: ReadonlySet<string>): Finding[] {
  const place = { path: plan.path, line: plan.lineOf('depends_on') };
  const names = namesIn(plan.fields.ok ? plan.fields.get('depends_on') : undefined);
  if (names === undefined) return [fail('C-03', '`depends_on` is neither an id nor a list of ids', place)];
  return [...new Set(names)].flatMap((name) => {
    if (ids.has(name)) return [];
    const target = leadingId(name);
    if (target !== undefined && ids.has(target.id)) return [];
    if (target !== undefined && prefixes.has(target.prefix))
      // Repositories may share a prefix, so it may be a workplan of another one.
      return [warn('C-03', `depends on ${quote(name)}, which is not in this checkout`, place)];
    return [info('C-03', `depends on ${quote(name)}, which is not of this checkout`, place)];
  });
}

/** The names that `depends_on` holds: a list, or one text with commas between them; undefined for anything else. */
function namesIn(value: unknown): string[] | undefined {
  if (value === undefined) return [];
  // Entry by entry, since one wrong entry decides, and the rest of a long list would take its time.
  const isKept = Array.isArray(value)
    ? value.every((item) => keeps(dependencySchema, item))
    : keeps(dependsOnSchema, value);
  if (!isKept) return undefined;
  const items = Array.isArray(value) ? value.map(textOf) : textOf(value)?.split(',');
  return (items ?? []).map((item) => item?.trim() ?? '').filter((name) => name !== '');
}
