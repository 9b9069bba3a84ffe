/** C13: the consistency check finds neither FAIL nor WARN; findings of check C-12 do not count. */
import { countsFor } from '../domain/counted-findings.js';
import { defineCriterion } from '../domain/verdict.js';
import { describeFindings, describeRemedy } from './describe-findings.js';
import { fail, failWorkplans, pass, skipWithoutCheckout } from './judgement.js';

export const c13ConsistencyClean = defineCriterion({
  id: 'C13',
  label: 'Consistency clean',
  tier: 'full',
  inputs: ['findings'],
  judge: ({ findings }) => {
    if (findings.state === 'no-checkout') return skipWithoutCheckout('workplans/');
    if (findings.state === 'rejected') return failWorkplans(findings.reason);
    const counted = findings.findings.filter((finding) => countsFor('C13', finding));
    if (counted.length === 0) return pass('The consistency check found no FAIL and no WARN.');
    return fail(`The consistency check found ${describeFindings(counted)}.`, describeRemedy(counted));
  },
});
