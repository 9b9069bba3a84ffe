import { rm } from 'node:fs/promises';
import type { World } from '../../helpers/world.js';
import { type Case, proveCriteria } from './prove.js';
import { addGoals, inOrder, setColumns, setHostPaths } from './rows.js';
import { CAPABILITY, fence, PLAN, plan, scope } from './texts.js';

const skipped = (what: string): Case => ({
  prepare: (world: World, slug: string) => rm(world.path(slug), { recursive: true }),
  status: 'skip',
  detail: `${what} was not judged: the home host has no checkout.`,
  remedy: 'C3 says how',
});

proveCriteria('full', {
  C10: {
    label: 'Goal active',
    tier: 'full',
    outcomes: ['pass', 'fail'],
    cases: {
      'passes with one active goal': {
        prepare: addGoals('active'),
        status: 'pass',
        detail: '1 goal is active.',
      },
      'passes with active goals among others, and counts the active ones': {
        prepare: addGoals('archived', 'active', 'paused', 'active'),
        status: 'pass',
        detail: '2 goals are active.',
      },
      'fails without a goal': {
        status: 'fail',
        detail: 'No goal of the repository is active.',
        remedy: 'doi record goal c10-',
      },
      'fails with goals of every other status': {
        prepare: addGoals('paused', 'completed', 'archived'),
        status: 'fail',
        detail: 'No goal of the repository is active.',
      },
      "fails with another repository's goal": {
        prepare: async (world) => {
          await world.add('c10-another');
          await addGoals('active')(world, 'c10-another');
        },
        status: 'fail',
        detail: 'No goal of the repository is active.',
      },
    },
  },
  C11: {
    label: 'Capabilities declared',
    tier: 'full',
    outcomes: ['pass', 'fail', 'skip'],
    cases: {
      'passes with a capability block': {
        files: { 'SCOPE.md': scope({ capabilities: CAPABILITY }) },
        status: 'pass',
        detail: 'SCOPE.md has 1 capability block.',
      },
      'passes where the section says none': {
        files: { 'SCOPE.md': scope({ capabilities: '- _None at present._' }) },
        status: 'pass',
        detail: 'SCOPE.md says that the repository provides no capabilities.',
      },
      'passes with a block that cannot be read, which is for C5 to warn of': {
        files: { 'SCOPE.md': scope({ capabilities: fence('capability', 'type: [') }) },
        status: 'pass',
        detail: '1 capability block',
      },
      'fails where the section says neither': {
        files: { 'SCOPE.md': scope({ capabilities: 'It pays.' }) },
        status: 'fail',
        detail: 'SCOPE.md has no capability block, and does not say that there are none.',
        remedy: '## Provided Capabilities',
      },
      'fails where the block is fenced as something else': {
        files: { 'SCOPE.md': scope({ capabilities: fence('yaml', 'type: api') }) },
        status: 'fail',
        detail: 'no capability block',
      },
      'fails without SCOPE.md': { status: 'fail', detail: 'There is no SCOPE.md', remedy: 'Add SCOPE.md' },
      'fails for a SCOPE.md that is not UTF-8': {
        files: { 'SCOPE.md': Buffer.from([0xff, 0xfe]) },
        status: 'fail',
        detail: 'SCOPE.md is not UTF-8 text.',
      },
      'skips without a checkout': skipped('SCOPE.md'),
    },
  },
  C12: {
    label: 'Agents template',
    tier: 'full',
    outcomes: ['pass', 'fail', 'skip'],
    cases: {
      'passes where CLAUDE.md names kaizen, in any case': {
        files: { 'CLAUDE.md': 'We use KaiZen here.' },
        status: 'pass',
        detail: 'CLAUDE.md names kaizen.',
      },
      'passes where a rule names it, and says which': {
        files: { 'CLAUDE.md': '@.claude/rules/agents.md', '.claude/rules/agents.md': 'kaizen' },
        status: 'pass',
        detail: '.claude/rules/agents.md names kaizen.',
      },
      'passes where a rule in a folder below names it, without CLAUDE.md': {
        files: { '.claude/rules/team/agents.md': 'kaizen' },
        status: 'pass',
        detail: '.claude/rules/team/agents.md names kaizen.',
      },
      'passes where .claude/CLAUDE.md names it': {
        files: { '.claude/CLAUDE.md': 'kaizen' },
        status: 'pass',
        detail: '.claude/CLAUDE.md names kaizen.',
      },
      'fails where none names it, and says which were read': {
        files: { 'CLAUDE.md': 'x', '.claude/rules/a.md': 'x', '.claude/rules/b.md': 'x' },
        status: 'fail',
        detail: 'None of CLAUDE.md, .claude/rules/a.md, .claude/rules/b.md names kaizen.',
        remedy: 'kaizen template',
      },
      'fails where only a file that is not Markdown names it': {
        files: { '.claude/rules/agents.txt': 'kaizen' },
        status: 'fail',
        detail: 'There is no CLAUDE.md, and there are no rules in .claude/rules.',
      },
      'passes where one rule is refused and another names it': {
        files: { '.claude/rules/a.md': Buffer.from([0xff]), '.claude/rules/b.md': 'kaizen' },
        status: 'pass',
        detail: '.claude/rules/b.md names kaizen.',
      },
      'fails for a rule that is not UTF-8 where no other names it': {
        files: { '.claude/rules/a.md': 'x', '.claude/rules/b.md': Buffer.from([0xff]) },
        status: 'fail',
        detail: '.claude/rules/b.md is not UTF-8 text.',
      },
      'fails for a file where the folder should be': {
        files: { 'CLAUDE.md': 'x', '.claude/rules': 'kaizen' },
        status: 'fail',
        detail: '.claude/rules is a file, not a folder.',
      },
      'skips without a checkout': skipped('CLAUDE.md with .claude/rules'),
    },
  },
  C13: {
    label: 'Consistency clean',
    tier: 'full',
    outcomes: ['pass', 'fail', 'skip'],
    cases: {
      'passes where the check finds neither FAIL nor WARN': {
        files: { [PLAN]: plan() },
        status: 'pass',
        detail: 'The consistency check found no FAIL and no WARN.',
      },
      'passes with an INFO': {
        files: { [PLAN]: plan({ depends_on: '[OTHER-WP-0001]' }) },
        status: 'pass',
        detail: 'no FAIL and no WARN',
      },
      'fails for a WARN, and quotes it': {
        files: { [PLAN]: plan({ state_hub_workstream_id: null }) },
        status: 'fail',
        detail: /found 1 WARN: C-06 workplans\/.*:1 there is no `state_hub_workstream_id`\.$/,
        remedy: 'Correct the workplans',
      },
      'fails for a FAIL, and puts it first': {
        files: { [PLAN]: plan({ state_hub_workstream_id: null, status: 'someday' }) },
        status: 'fail',
        detail: /found 1 FAIL, 1 WARN: C-02 .*“someday”.*; C-06 /,
      },
      'fails without workplans': { status: 'fail', detail: 'there is no workplans/ folder' },
      'skips without a checkout': skipped('workplans/'),
    },
  },
  C14: {
    label: 'Host paths set',
    tier: 'full',
    outcomes: ['pass', 'fail'],
    cases: {
      'passes with the path that registering sets': { status: 'pass', detail: 'A path is set for here.' },
      'passes with the paths of several hosts, and names them': {
        prepare: (world, slug) =>
          setHostPaths({ here: world.path(slug), there: '/srv/x', zeta: '/x', zulu: '/x' })(world, slug),
        status: 'pass',
        detail: 'A path is set for here, there, zeta and 1 more.',
      },
      'fails where there is no map': {
        prepare: (world, slug) =>
          inOrder(setHostPaths(null), setColumns({ local_path: world.path(slug) }))(world, slug),
        status: 'fail',
        detail: 'No host path is set.',
        remedy: /doi move c14-\S+ PATH/,
      },
      'fails where the map is empty': {
        prepare: setHostPaths({}),
        status: 'fail',
        detail: 'No host path is set.',
      },
      'fails where it is no map of texts': {
        prepare: setHostPaths(['/srv/x']),
        status: 'fail',
        detail: 'No host path is set.',
      },
    },
  },
});
