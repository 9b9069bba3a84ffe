/** Decides which criteria must run again and which verdicts may be kept. Pure. */
import type { Digests, LastEvaluation } from '../domain/evaluation.js';
import { type AgeLimits, overAge } from '../domain/freshness.js';
import type { AnyCriterion, Verdict } from '../domain/verdict.js';

export interface Decision {
  readonly run: readonly AnyCriterion[];
  readonly kept: readonly Verdict[];
}

export interface DecideOptions {
  readonly limits: AgeLimits;
  readonly at: Date;
  /** The share of its age limit after which a verdict is judged again. */
  readonly share: number;
}

/**
 * Keeps a verdict if each of its inputs has the same value as in the last evaluation and it is not near its age limit.
 * @param rests `last`: the evaluation whose verdicts may be kept; undefined where none may
 */
export function decide(
  criteria: readonly AnyCriterion[],
  rests: { readonly last: LastEvaluation | undefined; readonly digests: Digests },
  { limits, at, share }: DecideOptions,
): Decision {
  const { last, digests } = rests;
  if (last === undefined) return { run: criteria, kept: [] };
  const old = new Set(overAge(last.judgedAt, limits, at, share));
  const run: AnyCriterion[] = [];
  const kept: Verdict[] = [];
  for (const criterion of criteria) {
    const verdict = last.verdicts.find(({ id }) => id === criterion.id);
    const same = criterion.inputs.every(
      (key) => digests[key] !== undefined && digests[key] === last.digests[key],
    );
    if (verdict !== undefined && same && !old.has(criterion.id)) kept.push(verdict);
    else run.push(criterion);
  }
  return { run, kept };
}
