/** What does not hold, with all that is needed to see why and to make it happen again. */
import type { ReportAnswer } from '../../../src/api/report.js';
import { CRITERION_IDS, type CriterionId, type Verdict } from '../../../src/domain/verdict.js';
import type { Outcome } from '../../../src/worker/handle-job.js';
import type { Scratch } from './oracle.js';
import type { Step } from './steps.js';

export type Rule =
  | 'falsely fresh'
  | 'an evaluation differs from a full one'
  | 'it was judged at rest and reads stale';

/** A criterion whose stored verdict is not the one that it has from scratch; undefined where there is none. */
export interface Difference {
  readonly id: CriterionId;
  readonly stored: Verdict | undefined;
  readonly scratch: Verdict | undefined;
}

/** Compares verdict by verdict. What cannot be judged here, or not at all, differs too: nothing fresh can rest on it. */
export function differences(answer: ReportAnswer, scratch: Scratch | undefined): Difference[] {
  return CRITERION_IDS.flatMap((id) => {
    const pair = { id, stored: answer.criteria.find((each) => each.id === id), scratch: scratch?.get(id) };
    return isAlike(pair.stored, pair.scratch) ? [] : [pair];
  });
}

function isAlike(one: Verdict | undefined, other: Verdict | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return one.status === other.status && one.detail === other.detail && one.remedy === other.remedy;
}

interface Seen {
  readonly rule: Rule;
  readonly seed: number;
  /** Counted from 1; 0 is before the first. */
  readonly number: number;
  readonly step: Step | undefined;
  readonly slug: string;
  readonly answer: ReportAnswer;
  readonly found: readonly Difference[];
  readonly outcome?: Outcome;
}

export class Violation extends Error {
  override readonly name = 'Violation';
  readonly rule: Rule;
  /** The number of the step after which it was seen. */
  readonly number: number;
  /** What kind of step that was. */
  readonly kind: string;

  constructor(seen: Seen) {
    super(describe(seen));
    this.rule = seen.rule;
    this.number = seen.number;
    this.kind = seen.step?.kind ?? 'none';
  }
}

function describe({ rule, seed, number, step, slug, answer, found, outcome }: Seen): string {
  return [
    `${rule}: ${slug}, after step ${number} of seed ${seed}`,
    `step: ${JSON.stringify(step)}`,
    ...(outcome === undefined ? [] : [`evaluation: ${JSON.stringify(outcome)}`]),
    ...found.map(
      ({ id, stored, scratch }) => `${id} stored: ${say(stored)}\n${id} from scratch: ${say(scratch)}`,
    ),
    `last evaluation: ${JSON.stringify(answer.evaluation)}`,
    ...(answer.fingerprint ?? 'no fingerprint').split('|').map((component) => `stored ${component}`),
    ...answer.stale_reasons.map(({ input, now, text }) => `stale ${input}: ${now} (${text})`),
  ].join('\n');
}

function say(verdict: Verdict | undefined): string {
  return verdict === undefined
    ? 'not judged'
    : `${verdict.status}: ${verdict.detail} ${verdict.remedy ?? ''}`;
}
