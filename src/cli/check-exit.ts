/** The exit code of `doi check`: the worst of what the options ask for. */
import type { CheckAnswer, RequiredAnswer } from '../check/check-answer.js';
import type { BaselineAnswer } from '../check/compare-with-baseline.js';
import type { AgainstAnswer } from '../check/compare-with-server.js';
import { EXIT } from './context.js';

/** What is not met outweighs what is not known. */
export function exitOfCheck({ required, baseline, against }: CheckAnswer): number {
  const codes = [
    required === null ? EXIT.done : exitOfRequired(required),
    baseline === undefined ? EXIT.done : exitOfBaseline(baseline),
    against === undefined ? EXIT.done : exitOfAgainst(against),
  ];
  return codes.includes(EXIT.below) ? EXIT.below : Math.max(...codes);
}

function exitOfRequired({ met, allow_unknown: allowed }: RequiredAnswer): number {
  if (met === null) return unknown(allowed);
  return met ? EXIT.done : EXIT.below;
}

function exitOfBaseline({ outcome, allow_unknown: allowed }: BaselineAnswer): number {
  if (outcome === 'worse') return EXIT.below;
  // A baseline that is refused though the caller accepts what is not known could not be judged at all.
  if (outcome === 'refused') return EXIT.unknown;
  return outcome === 'unknown' ? unknown(allowed) : EXIT.done;
}

function exitOfAgainst({ outcome, allow_unknown: allowed }: AgainstAnswer): number {
  if (outcome === 'different') return EXIT.below;
  return outcome === 'unknown' ? unknown(allowed) : EXIT.done;
}

function unknown(allowed: boolean): number {
  return allowed ? EXIT.done : EXIT.unknown;
}
