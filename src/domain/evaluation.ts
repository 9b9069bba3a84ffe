/** What an evaluation records beside its verdicts: what each rests on, so that the next one judges only what changed. */
import type { Versions } from './fingerprint.js';
import type { JudgedAt } from './freshness.js';
import type { ValueKey, VersionedKey } from './input.js';
import type { CriterionId, Verdict } from './verdict.js';

/** Digests of input values. Without an input's digest, no verdict that rests on the input may be kept. */
export type Digests = Readonly<Partial<Record<ValueKey | 'workplans', string>>>;

/** An input whose version differed from the one that the last report rested on. */
export interface ChangedInput {
  readonly input: VersionedKey;
  readonly was: string | null;
  readonly now: string;
}

/** The last evaluation that was written, if this program wrote the row that is there. */
export interface LastEvaluation {
  readonly versions: Versions;
  readonly verdicts: readonly Verdict[];
  readonly digests: Digests;
  readonly judgedAt: JudgedAt;
  /** The build that judged it, as `buildName` returns it; null where that is not known. */
  readonly build: string | null;
  /** Whether the checkout's root held `.git`. */
  readonly hadGit: boolean;
}

/** What a new evaluation found, and how. */
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
   * How long each criterion that ran took, in milliseconds: its judging and, for those of the checker, the one run of the
   * checker for all of them. Loading values happens once for all criteria, and counts for none.
   */
  readonly durations: Readonly<Partial<Record<CriterionId, number>>>;
}
