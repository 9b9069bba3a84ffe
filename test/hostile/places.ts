/** The places of a checkout that are read, and the details of the criteria where something unfit is there. */
import type { CriterionId, Status } from '../../src/domain/verdict.js';
import { CAPABILITY, plan, SERVICES, scope } from '../integration/criteria/texts.js';

/** The names are short, so that a detail has room for all findings. */
export const PLAN = 'workplans/A-WP-1-x.md';
export const ARCHIVED = 'workplans/archived/260101-A-WP-2-x.md';
export const RULE = '.claude/rules/agents.md';

const task = (id: string) => ({ id: `${id}-T01` });

/** A good checkout. */
export const GOOD: Readonly<Record<string, string>> = {
  'SCOPE.md': scope({ capabilities: CAPABILITY }),
  'CLAUDE.md': 'Take up the kaizen template.\n',
  'tpsc.yaml': SERVICES,
  [RULE]: 'Be kind.\n',
  [PLAN]: plan({ id: 'A-WP-1' }, task('A-WP-1')),
  [ARCHIVED]: plan({ id: 'A-WP-2', status: 'archived' }, { ...task('A-WP-2'), status: 'done' }),
};

/** The statuses of the good checkout, with one snapshot recorded and nothing else. */
export const GOOD_STATUSES: Readonly<Record<CriterionId, Status>> = {
  ...{ C1: 'pass', C2: 'pass', C3: 'pass', C4: 'fail', C5: 'pass', C6: 'pass', C7: 'pass' },
  ...{ C8: 'fail', C9: 'pass', C10: 'fail', C11: 'pass', C12: 'pass', C13: 'pass', C14: 'pass' },
};

export interface Place {
  readonly path: string;
  /** A file that is removed first, since it would decide alone. */
  readonly without?: string;
  /** Texts in the details of the criteria that fail, given the clause that describes the unfit thing. */
  readonly details: (clause: string) => Partial<Record<CriterionId, string>>;
}

const ofPlan =
  (path: string): Place['details'] =>
  (clause) => ({
    C7: `1 FAIL: C-02 ${path} ${path} ${clause}.`,
    C13: `1 FAIL: C-02 ${path} ${path} ${clause}.`,
  });

/** C12 names an unfit thing in `.claude` only where no other file names the template. */
const inClaude = (path: string): Place => ({
  path,
  without: 'CLAUDE.md',
  details: (clause) => ({
    C6: 'There is no CLAUDE.md at the root or in .claude.',
    C12: `${path} ${clause}.`,
  }),
});

/** Places of files, in three groups: within a group, no place hides the detail of another. */
export const FILE_PLACES: readonly (readonly Place[])[] = [
  [
    { path: 'SCOPE.md', details: (clause) => ({ C5: `SCOPE.md ${clause}.`, C11: `SCOPE.md ${clause}.` }) },
    { path: 'CLAUDE.md', details: (clause) => ({ C6: `CLAUDE.md ${clause}.`, C12: `CLAUDE.md ${clause}.` }) },
    { path: 'tpsc.yaml', details: (clause) => ({ C9: `tpsc.yaml ${clause}.` }) },
    { path: PLAN, details: ofPlan(PLAN) },
    { path: '.git/HEAD', details: () => ({}) },
    { path: '.git/config', details: () => ({}) },
  ],
  [
    inClaude(RULE),
    { path: ARCHIVED, details: ofPlan(ARCHIVED) },
    { path: '.git/refs/heads/main', details: () => ({}) },
  ],
  [
    {
      ...inClaude('.claude/CLAUDE.md'),
      details: (clause) => ({ C6: `.claude/CLAUDE.md ${clause}.`, C12: `.claude/CLAUDE.md ${clause}.` }),
    },
  ],
];

/** Places of folders, in such groups. Where `.claude` is no folder, nothing in it is there. */
export const FOLDER_PLACES: readonly (readonly Place[])[] = [
  [
    { path: 'workplans', details: (clause) => ({ C7: `workplans ${clause}.`, C13: `workplans ${clause}.` }) },
    inClaude('.claude/rules'),
    { path: '.git', details: () => ({}) },
  ],
];
