/** C11: SCOPE.md declares capabilities, or says that there are none. */
import { defineCriterion } from '../domain/verdict.js';
import { CHECK_AGAIN, fail, failAbsent, failRejected, INIT, pass, skipWithoutCheckout } from './judgement.js';
import { FILL_IN, namePlaceholders } from './parse/placeholders.js';
import { readScope } from './parse/scope.js';

const REMEDY =
  'Under `## Provided Capabilities` add a fenced `capability` block (docs/criteria.md of doi-worker shows one), or the line `None.`';

export const c11CapabilitiesDeclared = defineCriterion({
  id: 'C11',
  label: 'Capabilities declared',
  tier: 'full',
  inputs: ['SCOPE.md'],
  judge: ({ 'SCOPE.md': file }) => {
    if (file.state === 'no-checkout') return skipWithoutCheckout('SCOPE.md');
    if (file.state === 'rejected') return failRejected('SCOPE.md', file.reason);
    if (file.state === 'absent')
      return failAbsent('SCOPE.md', {
        instead: file.instead,
        remedy: `Add SCOPE.md with ${INIT}. ${REMEDY} ${CHECK_AGAIN}`,
      });
    const { capabilities, saysNone, undeclared } = readScope(file.text);
    if (undeclared.length > 0)
      return fail(
        `SCOPE.md declares no capabilities yet: where they belong, it has ${namePlaceholders(undeclared)}.`,
        `R${FILL_IN.slice(1)}. ${REMEDY} ${CHECK_AGAIN}`,
      );
    const count = capabilities.length;
    // C5 judges whether each block can be read.
    if (count > 0) return pass(`SCOPE.md has ${count} capability block${count === 1 ? '' : 's'}.`);
    if (saysNone) return pass('SCOPE.md says that the repository provides no capabilities.');
    return fail(
      'SCOPE.md has no capability block, and does not say that there are none.',
      `${REMEDY} ${CHECK_AGAIN}`,
    );
  },
});
