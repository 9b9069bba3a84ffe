/** Counts what a run of the property has seen, so that a run that proves nothing is noticed. */
import type { Outcome } from '../../../src/worker/handle-job.js';

export class Tally {
  steps = 0;
  evaluations = 0;
  keptVerdicts = 0;
  runVerdicts = 0;
  freshReads = 0;
  staleReads = 0;
  /** How evaluations ended. */
  readonly ends = new Map<string, number>();
  /** How often each kind of step was made, and after how many of them a verdict newly differed. */
  readonly kinds = new Map<string, { made: number; differences: number }>();

  get differences(): number {
    return [...this.kinds.values()].reduce((sum, { differences }) => sum + differences, 0);
  }

  differencesOf(kind: string): number {
    return this.kinds.get(kind)?.differences ?? 0;
  }

  countStep(kind: string): void {
    this.steps += 1;
    this.#of(kind).made += 1;
  }

  countDifference(kind: string): void {
    this.#of(kind).differences += 1;
  }

  countEvaluation(outcome: Outcome): void {
    this.evaluations += 1;
    const end = outcome.end === 'failed' ? `failed: ${outcome.error.code}` : outcome.end;
    this.ends.set(end, (this.ends.get(end) ?? 0) + 1);
    if (outcome.end !== 'written') return;
    this.keptVerdicts += outcome.kept;
    this.runVerdicts += outcome.ran;
  }

  countRead(isStale: boolean): void {
    if (isStale) this.staleReads += 1;
    else this.freshReads += 1;
  }

  /** The figures, to be printed. */
  describe(): string {
    const kinds = [...this.kinds].sort(([one], [other]) => (one < other ? -1 : 1));
    const ends = [...this.ends].map(([end, count]) => `${count} ${end}`).join(', ');
    return [
      `${this.steps} steps, ${this.evaluations} evaluations (${ends})`,
      `${this.runVerdicts} verdicts judged, ${this.keptVerdicts} kept`,
      `${this.freshReads} reads were fresh, ${this.staleReads} stale; ${this.differences} real differences:`,
      ...kinds.map(([kind, { made, differences }]) => `  ${kind}: ${differences} in ${made}`),
    ].join('\n');
  }

  #of(kind: string): { made: number; differences: number } {
    const one = this.kinds.get(kind) ?? { made: 0, differences: 0 };
    this.kinds.set(kind, one);
    return one;
  }
}
