/** C6: CLAUDE.md exists, at the root or in `.claude`. */
import { defineCriterion } from '../domain/verdict.js';
import { fail, failRejected, pass, skipWithoutCheckout } from './judgement.js';

export const c06ClaudeMd = defineCriterion({
  id: 'C6',
  label: 'CLAUDE.md',
  tier: 'standard',
  inputs: ['CLAUDE.md', '.claude/CLAUDE.md'],
  judge: ({ 'CLAUDE.md': root, '.claude/CLAUDE.md': inFolder }) => {
    if (root.state === 'no-checkout' || inFolder.state === 'no-checkout')
      return skipWithoutCheckout('CLAUDE.md');
    if (root.state === 'present') return pass('CLAUDE.md is at the root.');
    if (inFolder.state === 'present') return pass('CLAUDE.md is in .claude.');
    if (root.state === 'rejected') return failRejected('CLAUDE.md', root.reason);
    if (inFolder.state === 'rejected') return failRejected('.claude/CLAUDE.md', inFolder.reason);
    const { instead } = root;
    const found = `There is no CLAUDE.md at the root or in .claude${instead ? `, but ${instead}` : ''}.`;
    if (instead === 'AGENTS.md')
      return fail(found, 'Let CLAUDE.md be a link to it: `ln -s AGENTS.md CLAUDE.md`.');
    if (instead !== undefined) return fail(found, `Rename it: \`git mv ${instead} CLAUDE.md\`.`);
    return fail(found, 'Add CLAUDE.md with what a coding assistant must know here.');
  },
});
