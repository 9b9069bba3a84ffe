/** Criteria and their verdicts: what a criterion declares, which inputs it gets, and what it returns. */
import type { InputValues, ValueKey } from './input.js';

export const CRITERION_IDS = [
  'C1',
  'C2',
  'C3',
  'C4',
  'C5',
  'C6',
  'C7',
  'C8',
  'C9',
  'C10',
  'C11',
  'C12',
  'C13',
  'C14',
] as const;
export type CriterionId = (typeof CRITERION_IDS)[number];
/** The criteria that one run of the checker judges. */
export const BY_CHECKER: readonly CriterionId[] = ['C7', 'C13'];
export const CRITERION_TIERS = ['core', 'standard', 'full'] as const;
export type CriterionTier = (typeof CRITERION_TIERS)[number];
/** `skip`: not judged, because what it needs is not there; it never counts towards a tier. */
export const STATUSES = ['pass', 'warn', 'fail', 'skip'] as const;
export type Status = (typeof STATUSES)[number];

/** What a criterion's rule returns. `remedy` says what to do; only a `pass` has none. */
export type Judgement =
  | { readonly status: 'pass'; readonly detail: string }
  | { readonly status: 'warn' | 'fail' | 'skip'; readonly detail: string; readonly remedy: string };

/** A judgement with its criterion, as it is stored and shown. */
export interface Verdict {
  readonly id: CriterionId;
  readonly label: string;
  readonly tier: CriterionTier;
  readonly status: Status;
  readonly detail: string;
  readonly remedy: string | null;
}

/** A rule of the Definition of Integrated. It is pure, and gets only the inputs that it declares. */
export interface Criterion<K extends ValueKey = ValueKey> {
  readonly id: CriterionId;
  readonly label: string;
  readonly tier: CriterionTier;
  readonly inputs: readonly K[];
  readonly judge: (values: Pick<InputValues, K>) => Judgement;
}

/** A criterion of any inputs, as the list of all fourteen holds it. */
export type AnyCriterion = Omit<Criterion, 'judge' | 'inputs'> & {
  readonly inputs: readonly ValueKey[];
  readonly judgeDeclared: (values: Partial<InputValues>) => Verdict;
};

/**
 * Makes a criterion that can be run. Its rule gets the declared inputs only: by type at compile time, and at run time because
 * the values are narrowed. So it cannot read an undeclared input, whose change would wrongly leave a report fresh.
 * @throws {TypeError} if a declared input is missing when judging, which is a fault of the caller
 */
export function defineCriterion<const K extends ValueKey>(criterion: Criterion<K>): AnyCriterion {
  const { id, label, tier, inputs, judge } = criterion;
  return {
    id,
    label,
    tier,
    inputs,
    judgeDeclared(values) {
      const narrowed: Partial<InputValues> = {};
      for (const key of inputs) {
        if (!Object.hasOwn(values, key))
          throw new TypeError(`${id} needs the input ${key}, which was not loaded.`);
        Object.assign(narrowed, { [key]: values[key] });
      }
      const judgement = judge(Object.freeze(narrowed) as Pick<InputValues, K>);
      const remedy = judgement.status === 'pass' ? null : judgement.remedy;
      return { id, label, tier, status: judgement.status, detail: judgement.detail, remedy };
    },
  };
}
