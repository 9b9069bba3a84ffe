/** C13: the consistency check finds neither FAIL nor WARN; findings of check C-12 do not count. */
import { defineCriterion } from '../domain/verdict.js';
import { describeFindings, describeRemedy } from './describe-findings.js';
import { fail, failWorkplans, pass, skipWithoutCheckout } from './judgement.js';

/** The check of the hub's checker whose findings do not count here. */
const NOT_COUNTED = 'C-12';

export const c13ConsistencyClean = defineCriterion({
  id: 'C13',
  label: 'Consistency clean',
  tier: 'full',
  inputs: ['findings'],
  judge: ({ findings }) => {
    if (findings.state === 'no-checkout') return skipWithoutCheckout('workplans/');
    if (findings.state === 'rejected') return failWorkplans(findings.reason);
    const counted = findings.findings.filter(
      ({ check, severity }) => severity !== 'INFO' && check !== NOT_COUNTED,
    );
    if (counted.length === 0) return pass('The consistency check found no FAIL and no WARN.');
    return fail(`The consistency check found ${describeFindings(counted)}.`, describeRemedy(counted));
  },
});
