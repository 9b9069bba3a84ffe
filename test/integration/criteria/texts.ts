/** Texts of a good checkout, in which a test changes one thing at a time. */
import { SCOPE_HEADINGS } from '../../../src/criteria/parse/scope.js';

/** A `SCOPE.md` with all sections but those left out; `capabilities` is the text under the last. */
export function scope({
  without = [],
  capabilities = 'None.',
}: {
  without?: readonly string[];
  capabilities?: string;
} = {}): string {
  const sections = SCOPE_HEADINGS.filter((heading) => !without.includes(heading));
  const body = (heading: string) => (heading === 'Provided Capabilities' ? capabilities : 'Some words.');
  return `# Scope\n\n${sections.map((heading) => `## ${heading}\n\n${body(heading)}\n`).join('\n')}`;
}

/** A fenced block, such as a `capability` or a `task`. */
export function fence(info: string, yaml: string): string {
  return `\`\`\`${info}\n${yaml}\n\`\`\`\n`;
}

export const CAPABILITY = fence(
  'capability',
  'type: api\ntitle: Pay\ndescription: Takes money.\nkeywords: [pay]',
);

export const SERVICES = 'services:\n  - slug: stripe\n    purpose: Takes money\n    auth: api_key\n';

export const PLAN = 'workplans/CUST-WP-0024-repo-doi-gate.md';

/** A workplan with a task; `front` and `task` replace the lines of their keys, and null leaves a line out. */
export function plan(
  front: Readonly<Record<string, string | null>> = {},
  task: Readonly<Record<string, string | null>> = {},
): string {
  const fields = {
    id: 'CUST-WP-0024',
    type: 'workplan',
    title: 'The gate',
    domain: 'custodian',
    status: 'active',
    state_hub_workstream_id: '0f0e0d0c',
    ...front,
  };
  const block = {
    id: 'CUST-WP-0024-T01',
    status: 'todo',
    priority: 'high',
    state_hub_task_id: '0a0b0c0d',
    ...task,
  };
  return `---\n${lines(fields)}\n---\n\n# The gate\n\n${fence('task', lines(block))}`;
}

/** A checkout that meets every criterion that reads its files. */
export const COMPLETE: Readonly<Record<string, string>> = {
  'SCOPE.md': scope({ capabilities: CAPABILITY }),
  'CLAUDE.md': 'Take up the kaizen template.\n',
  'tpsc.yaml': SERVICES,
  [PLAN]: plan(),
};

function lines(fields: Readonly<Record<string, string | null>>): string {
  return Object.entries(fields)
    .flatMap(([key, value]) => (value === null ? [] : `${key}: ${value}`))
    .join('\n');
}
