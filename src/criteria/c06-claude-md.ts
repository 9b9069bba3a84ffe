/** C6: CLAUDE.md is there. */
import { defineCriterion } from '../domain/verdict.js';
import { fail, failRejected, pass, skipWithoutCheckout } from './judgement.js';

export const c06ClaudeMd = defineCriterion({
  id: 'C6',
  label: 'CLAUDE.md',
  tier: 'standard',
  inputs: ['CLAUDE.md'],
  judge: ({ 'CLAUDE.md': file }) => {
    if (file.state === 'no-checkout') return skipWithoutCheckout('CLAUDE.md');
    if (file.state === 'rejected') return failRejected('CLAUDE.md', file.reason);
    if (file.state === 'present') return pass('CLAUDE.md is at the root.');
    return fail(
      'There is no CLAUDE.md at the root.',
      'Add CLAUDE.md with what a coding assistant must know here.',
    );
  },
});
