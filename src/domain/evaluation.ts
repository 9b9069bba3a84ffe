/** An evaluation as it is kept beside its report: what each verdict rests on, so that only what changed is run again. */
import type { Versions } from './fingerprint.js';
import type { JudgedAt } from './freshness.js';
import type { ValueKey, VersionedKey } from './input.js';
import type { CriterionId, Verdict } from './verdict.js';

/** Digests of input values; an absent one means that no verdict on that input may be kept. */
export type Digests = Readonly<Partial<Record<ValueKey | 'workplans', string>>>;

/** How an input differed from what the last report rested on. */
export interface ChangedInput {
  readonly input: VersionedKey;
  readonly was: string | null;
  readonly now: string;
}

/** The last evaluation that was written, where it is still ours. */
export interface LastEvaluation {
  readonly versions: Versions;
  readonly verdicts: readonly Verdict[];
  readonly digests: Digests;
  readonly judgedAt: JudgedAt;
  /** Which build judged it, as `buildName` gives it; null where that is not known. */
  readonly build: string | null;
  /** Whether the checkout's root held `.git`. */
  readonly hadGit: boolean;
}

/** What a new evaluation found and how it came about. */
export interface Evaluation {
  readonly versions: Versions;
  readonly verdicts: readonly Verdict[];
  readonly digests: Digests;
  readonly judgedAt: JudgedAt;
  readonly hadGit: boolean;
  readonly ran: readonly CriterionId[];
  readonly kept: readonly CriterionId[];
  readonly changed: readonly ChangedInput[];
  /**
   * How long each criterion that ran took, in milliseconds: its judging and, for those of the checker, the run of the
   * checker that serves them all. What is read is read once for all of them, and counts for none.
   */
  readonly durations: Readonly<Partial<Record<CriterionId, number>>>;
}
