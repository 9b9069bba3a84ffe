/** C13: the checker reports neither FAIL nor WARN, without its check C-12. */
import { defineCriterion } from '../domain/verdict.js';
import { describeFindings, describeRemedy } from './describe-findings.js';
import { fail, failWorkplans, pass, skipWithoutCheckout } from './judgement.js';

/** The only check of the hub whose findings do not count for C13. */
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
