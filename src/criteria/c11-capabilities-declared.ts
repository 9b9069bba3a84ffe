/** C11: SCOPE.md declares capabilities, or says that there are none. */
import { defineCriterion } from '../domain/verdict.js';
import { fail, failAbsent, failRejected, pass, skipWithoutCheckout } from './judgement.js';
import { readScope } from './parse/scope.js';

const REMEDY =
  'Under `## Provided Capabilities` add a fenced `capability` block (docs/criteria.md shows one), or the line `None.`';

export const c11CapabilitiesDeclared = defineCriterion({
  id: 'C11',
  label: 'Capabilities declared',
  tier: 'full',
  inputs: ['SCOPE.md'],
  judge: ({ 'SCOPE.md': file }) => {
    if (file.state === 'no-checkout') return skipWithoutCheckout('SCOPE.md');
    if (file.state === 'rejected') return failRejected('SCOPE.md', file.reason);
    if (file.state === 'absent')
      return failAbsent('SCOPE.md', { instead: file.instead, remedy: `Add SCOPE.md. ${REMEDY}` });
    const { capabilities, saysNone } = readScope(file.text);
    const count = capabilities.length;
    // C5 reports a block that cannot be parsed.
    if (count > 0) return pass(`SCOPE.md has ${count} capability block${count === 1 ? '' : 's'}.`);
    if (saysNone) return pass('SCOPE.md says that the repository provides no capabilities.');
    return fail('SCOPE.md has no capability block, and does not say that there are none.', REMEDY);
  },
});
