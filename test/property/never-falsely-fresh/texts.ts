/** The files that steps change, each with texts that differ in what is judged: two of one size, and one of another. */
import { CAPABILITY, PLAN, plan, SERVICES, scope } from '../../integration/criteria/texts.js';

const GOOD_SCOPE = scope({ capabilities: CAPABILITY });
const RULES = ['Take up the kaizen template.\n', 'Take up the kaizem template.\n', 'Say what you do.\n'];
const FIRST = { id: 'CUST-WP-0001', status: 'finished' };
const FIRST_TASK = { id: 'CUST-WP-0001-T01', status: 'done' };

/** By path. The first text of each meets its criteria, the second has the first's size and does not. */
export const TEXTS: Readonly<Record<string, readonly string[]>> = {
  'SCOPE.md': [
    GOOD_SCOPE,
    GOOD_SCOPE.replace('## Terminology', '## Termino1ogy'),
    scope({ without: ['Core Idea'] }),
  ],
  'CLAUDE.md': RULES,
  '.claude/CLAUDE.md': RULES,
  'tpsc.yaml': ['services: []\n', 'services: {}\n', SERVICES],
  // What the verdicts on an absent tpsc.yaml and CLAUDE.md name.
  'tpsc.yml': ['services: []\n', 'services: {}\n', SERVICES],
  '.claude/rules/agents.md': RULES,
  '.claude/rules/more/style.md': RULES,
  [PLAN]: [plan(), plan({ status: 'actixe' }), plan({}, { state_hub_task_id: null })],
  'workplans/archived/260102-CUST-WP-0001-first.md': [
    plan(FIRST, FIRST_TASK),
    plan({ ...FIRST, status: 'finixhed' }, FIRST_TASK),
    plan({ ...FIRST, title: null }, FIRST_TASK),
  ],
  'AGENTS.md': RULES,
};

export const FILES = Object.keys(TEXTS);

export function textsOf(file: string): readonly string[] {
  const texts = TEXTS[file];
  if (texts === undefined) throw new Error(`There are no texts for ${file}.`);
  return texts;
}

/** A text of the file other than `now`; of the same size where that is wanted and there is one. */
export function otherText(file: string, now: string, options: { sameSize: boolean; pick: number }): string {
  const others = textsOf(file).filter((text) => text !== now);
  const alike = others.filter((text) => (text.length === now.length) === options.sameSize);
  return choose(alike.length > 0 ? alike : others, options.pick);
}

/** The element at `pick`, counted round and round. */
export function choose<T>(list: readonly T[], pick: number): T {
  const one = list[pick % list.length];
  if (one === undefined) throw new Error('There is nothing to choose from.');
  return one;
}
