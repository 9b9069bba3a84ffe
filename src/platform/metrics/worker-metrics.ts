/** Counts what a worker does: how its evaluations ended and how long they took, and the programs that it ran. */
import { ProcessMetrics } from './process-metrics.js';

/** How handling a wake-up can end. */
const RESULTS = [
  'written',
  'fresh',
  'failed',
  'waiting',
  'put-off',
  'put-back',
  'nothing-asked',
  'not-mine',
  'gone',
  'older-release',
] as const;
export type EvaluationResult = (typeof RESULTS)[number];
/** The ends after which the repository was probed to the end. */
const PROBED: readonly EvaluationResult[] = ['written', 'fresh', 'failed'];

/** How running a program can end. `not-started`: it was no longer needed; `failed-to-start`: it could not be started. */
const ENDS = [
  'exited',
  'signaled',
  'timed-out',
  'flooded',
  'aborted',
  'not-started',
  'failed-to-start',
] as const;
export type SubprocessEnd = (typeof ENDS)[number];

const PROGRAMS = ['checker', 'update'] as const;
/** The purpose of a program. */
export type Program = (typeof PROGRAMS)[number];

export class WorkerMetrics extends ProcessMetrics {
  readonly #evaluations = this.counter('doi_evaluations_total');
  readonly #evaluationSeconds = this.histogram('doi_evaluation_duration_seconds');
  readonly #subprocesses = this.counter('doi_subprocesses_total');
  readonly #subprocessSeconds = this.histogram('doi_subprocess_duration_seconds');

  constructor() {
    super();
    // A rate needs a first value to begin at.
    for (const result of RESULTS) this.#evaluations.inc({ result }, 0);
    for (const program of PROGRAMS) for (const end of ENDS) this.#subprocesses.inc({ program, end }, 0);
  }

  /** Counts a wake-up that was handled. */
  readonly evaluationEnded = (result: EvaluationResult, ms: number): void => {
    this.#evaluations.inc({ result });
    if (PROBED.includes(result)) this.#evaluationSeconds.observe({ result }, ms / 1000);
  };

  /** Counts a program that has ended; `ms` is undefined where it never ran. */
  subprocessEnded(program: Program, end: SubprocessEnd, ms?: number): void {
    this.#subprocesses.inc({ program, end });
    if (ms !== undefined) this.#subprocessSeconds.observe({ program }, ms / 1000);
  }
}
