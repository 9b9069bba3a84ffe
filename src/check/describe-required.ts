/** Says whether the tier that was required is reached, in the words that every format shows. */
import { capitalise } from '../domain/text.js';
import type { RequiredAnswer } from './check-answer.js';
import { nameNotJudged } from './registry-options.js';

/** One sentence or two, without text of a repository. */
export function describeRequired({
  tier,
  met,
  missing,
  not_judged: notJudged,
  allow_unknown: allowUnknown,
}: RequiredAnswer): string {
  if (met === true) return `${capitalise(tier)} is reached, as required.`;
  if (met === false) return `Below ${tier}, which was required: ${missing.join(', ')} not met.`;
  const unknown = `Whether ${tier} is reached is not known: ${nameNotJudged(notJudged)} not judged.`;
  return allowUnknown
    ? `${unknown} Nothing that was judged is missing, and --allow-unknown accepts the rest.`
    : `${unknown} Give the options, or --allow-unknown to accept it.`;
}
