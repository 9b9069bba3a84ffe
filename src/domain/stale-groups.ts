/** Groups stale reasons that say the same of several inputs, for people to read. */
import type { StaleCode, StaleReason } from './freshness.js';

export interface StaleGroup {
  readonly code: StaleCode;
  /** One sentence for all of them. */
  readonly text: string;
  readonly reasons: readonly StaleReason[];
}

const TIME = / at (\d{4}-\d\d-\d\dT[\d:.]+Z)(?=\.$)/;

/** Groups reasons that differ only by the input or by the time of an edit. Each group stands where its first reason stood. */
export function groupReasons(reasons: readonly StaleReason[]): StaleGroup[] {
  const groups = new Map<string, StaleReason[]>();
  for (const reason of reasons) {
    const rest = restOf(reason);
    const key = `${reason.code} ${rest === undefined ? `= ${reason.text}` : rest.replace(TIME, '')}`;
    groups.set(key, [...(groups.get(key) ?? []), reason]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ code: first.code, text: sentenceOf(group, first), reasons: group }];
  });
}

/** What a reason says of its input; undefined if its sentence does not begin with the input. */
function restOf({ input, text }: StaleReason): string | undefined {
  return text.startsWith(`${input} `) ? text.slice(input.length + 1) : undefined;
}

function sentenceOf(group: readonly StaleReason[], first: StaleReason): string {
  const rest = restOf(first);
  if (rest === undefined || group.length === 1) return first.text;
  const times = group.flatMap(({ text }) => TIME.exec(text)?.[1] ?? []).sort();
  const latest = times.at(-1);
  const said = times[0] === latest ? rest : rest.replace(TIME, `, the last one at ${latest}`);
  return `${listOf(group.map(({ input }) => input))} ${said.replace(/^was\b/, 'were').replace(/^is\b/, 'are')}`;
}

function listOf(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
