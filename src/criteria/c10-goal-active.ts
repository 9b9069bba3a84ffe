/** C10: the repository has an active goal. */
import { defineCriterion } from '../domain/verdict.js';
import { fail, pass, slugArgument } from './judgement.js';

export const c10GoalActive = defineCriterion({
  id: 'C10',
  label: 'Goal active',
  tier: 'full',
  inputs: ['repo', 'goal'],
  judge: ({ repo, goal }) => {
    if (goal.active >= 1) return pass(`${goal.active} goal${goal.active === 1 ? ' is' : 's are'} active.`);
    return fail(
      'No goal of the repository is active.',
      `Record one: \`doi record goal ${slugArgument(repo.slug)} --title "What it is to reach"\`.`,
    );
  },
});
