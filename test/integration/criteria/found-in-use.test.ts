/** Tests forms that real repositories use, each put into a good checkout: it is judged as its owner means it. */
import { mkdir, rm, symlink } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWorld, type World } from '../../helpers/world.js';
import { expectations, type Statuses } from './expectations.js';
import { addSnapshots } from './rows.js';
import { COMPLETE, fence, PLAN, plan, scope } from './texts.js';

let world: World;
beforeAll(async () => {
  world = await openWorld('found_in_use');
});
afterAll(() => world.close());
const { expectFresh } = expectations(() => world);

const IN_ORDER: Statuses = {
  ...{ C5: 'pass', C6: 'pass', C7: 'pass', C9: 'pass', C11: 'pass', C12: 'pass', C13: 'pass' },
};
const CLEAN = { C13: 'The consistency check found no FAIL and no WARN.' };
const LISTED_FENCE = '- ```sh\n  make all\n  ```\n';
const NUMBERED_FENCE = '1. ```console\n   make all\n   ```\n2. Then look.\n';
const THIN = 'Be kind.\n';

interface Found {
  /** Files that replace those of the good checkout, or are added; null removes one. */
  readonly files: Readonly<Record<string, string | null>>;
  /** Links, and their targets. */
  readonly links?: Readonly<Record<string, string>>;
  /** The statuses that differ from those of the good checkout. */
  readonly statuses?: Statuses;
  /** Texts that the details must hold. */
  readonly says?: Readonly<Record<string, string | RegExp>>;
}

function saysNone(words: string): [string, Found] {
  return [
    `“${words}” says that there are no capabilities`,
    { files: { 'SCOPE.md': scope({ capabilities: words }) } },
  ];
}

/** The good plan with `add` between its front matter and its tasks. */
function planWith(add: string, task: Parameters<typeof plan>[1] = {}): string {
  return plan({}, task).replace('# The gate\n', `# The gate\n\n${add}`);
}

const CASES: readonly [title: string, found: Found][] = [
  [
    'a fence on the line of a list marker hides no section',
    {
      files: {
        'SCOPE.md': scope().replace('## In Scope\n\n', `## In Scope\n\n${NUMBERED_FENCE}`),
      },
      says: { C5: 'SCOPE.md has all 11 sections.' },
    },
  ],
  [
    'a fence on the line of a list marker hides no task that is still to do',
    {
      files: {
        [PLAN]: `${planWith(LISTED_FENCE)}\n${fence('task', 'id: T2\nstatus: done\nstate_hub_task_id: x')}`,
      },
      says: CLEAN,
    },
  ],
  [
    'a fence on the line of a list marker hides no broken task',
    {
      files: { [PLAN]: planWith(LISTED_FENCE, { status: 'someday' }) },
      statuses: { C7: 'fail', C13: 'fail' },
      says: { C7: /1 FAIL: C-10 .* “someday”/ },
    },
  ],
  [
    'short ids of tasks may repeat from workplan to workplan',
    {
      files: {
        [PLAN]: plan({}, { id: 'T01' }),
        'workplans/CUST-WP-0025-b.md': plan({ id: 'CUST-WP-0025' }, { id: 'T01' }),
      },
      says: CLEAN,
    },
  ],
  [
    'a workplan of a prefix that repositories share may be in another one, which is a WARN',
    {
      files: { [PLAN]: plan({ depends_on: '[CUST-WP-0003]' }) },
      statuses: { C13: 'fail' },
      says: { C7: '(1 WARN)', C13: /1 WARN: C-03 .*CUST-WP-0003/ },
    },
  ],
  [
    'a list in tpsc.yaml may be closed in the first column',
    { files: { 'tpsc.yaml': 'services: [\n  {slug: a, purpose: b, auth: none},\n]\n' } },
  ],
  [
    'a list in front matter may be closed in the first column',
    { files: { [PLAN]: plan({ depends_on: '[\n  OTHER-WP-0001,\n]' }) }, says: CLEAN },
  ],
  ['a tab may stand before a list', { files: { 'tpsc.yaml': 'services:\t[]\n' } }],
  ...[
    ...['(none)', 'None at this time.', 'No capabilities yet.', 'None so far.', 'Currently none.', '1. None'],
    'There are none.',
  ].map(saysNone),
  [
    'a workplan may be named for its repository, with an id of another prefix',
    {
      files: { [PLAN]: null, 'workplans/acme-agentic-WP-0002-a.md': plan({ id: 'CUST-WP-0002' }) },
      says: { ...CLEAN, C7: '(1 INFO)' },
    },
  ],
  [
    'CLAUDE.md may be in .claude, and name kaizen there',
    {
      files: { 'CLAUDE.md': null, '.claude/CLAUDE.md': 'kaizen\n' },
      says: { C6: 'CLAUDE.md is in .claude.', C12: '.claude/CLAUDE.md names kaizen.' },
    },
  ],
  [
    'a rule that links out of the checkout does not undo a match in another',
    {
      files: { 'CLAUDE.md': THIN, '.claude/rules/b.md': 'kaizen\n' },
      links: { '.claude/rules/a.md': '/etc/hostname' },
      says: { C12: '.claude/rules/b.md names kaizen.' },
    },
  ],
  [
    'a rule that links out of the checkout is named where no other matches',
    {
      files: { 'CLAUDE.md': THIN },
      links: { '.claude/rules/a.md': '/etc/hostname' },
      statuses: { C12: 'fail' },
      says: { C12: '.claude/rules/a.md is a link that leads out of the checkout.' },
    },
  ],
  [
    'lock files of editors, and what systems put beside files, are passed over',
    {
      files: { 'workplans/._x.md': '\0\u0005', '.claude/rules/._x.md': '\0\u0005' },
      links: { 'workplans/.#x.md': 'me@host.1234:5', '.claude/rules/.#x.md': 'me@host.1234:5' },
      says: CLEAN,
    },
  ],
  [
    'a comment in the front matter of SCOPE.md is no section',
    {
      files: {
        'SCOPE.md': `---\n## Terminology\ndomain: x\n---\n\n${scope().replace('## Terminology', '## Terms')}`,
      },
      statuses: { C5: 'warn' },
      says: { C5: 'SCOPE.md lacks the sections Terminology.' },
    },
  ],
];

it.each(CASES)('%s', async (title, { files, links = {}, statuses = {}, says = {} }) => {
  const slug = `found-${CASES.findIndex(([each]) => each === title)}`;
  const wanted = Object.entries({ ...COMPLETE, ...files }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  await world.add(slug, Object.fromEntries(wanted));
  await addSnapshots(1)(world, slug);
  for (const [path, target] of Object.entries(links)) {
    await mkdir(world.path(slug, '.claude/rules'), { recursive: true });
    await rm(world.path(slug, path), { force: true });
    await symlink(target, world.path(slug, path));
  }
  const details = await expectFresh(slug, { ...IN_ORDER, ...statuses });
  for (const [id, words] of Object.entries(says)) expect(details[id], id).toMatch(words);
});
