/** C7: the consistency check finds no FAIL. */
import { countsFor } from '../domain/counted-findings.js';
import { defineCriterion } from '../domain/verdict.js';
import { countFindings, describeFindings, describeRemedy } from './describe-findings.js';
import { fail, failWorkplans, pass, skipWithoutCheckout } from './judgement.js';

export const c07WorkplansValid = defineCriterion({
  id: 'C7',
  label: 'Workplans valid',
  tier: 'standard',
  inputs: ['findings'],
  judge: ({ findings }) => {
    if (findings.state === 'no-checkout') return skipWithoutCheckout('workplans/');
    if (findings.state === 'rejected') return failWorkplans(findings.reason);
    const failures = findings.findings.filter((finding) => countsFor('C7', finding));
    if (failures.length === 0)
      return pass(`The consistency check found no FAIL (${countFindings(findings.findings)}).`);
    return fail(`The consistency check found ${describeFindings(failures)}.`, describeRemedy(failures));
  },
});
