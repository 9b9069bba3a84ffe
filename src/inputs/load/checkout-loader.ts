/** Loads the inputs of checkouts in threads of their own, so that a checkout that hangs or is slow delays only others like it. */
import { DoiError } from '../../domain/errors.js';
import type { ContentKey } from '../../domain/input.js';
import { distPath } from '../../platform/process/package-root.js';
import { ThreadLanes } from '../../platform/threads/thread-lanes.js';
import { type Outcome, reviveError } from '../../platform/threads/thread-outcome.js';
import type { CheckoutTarget } from '../probe/probe-checkout.js';
import type { LoadedInputs } from './load-inputs.js';
import type { LoadTask } from './thread.js';

export class CheckoutLoader {
  readonly #threads: ThreadLanes<LoadTask, LoadedInputs>;
  readonly #deviceOf: (target: CheckoutTarget) => string;

  /** @param options `deviceOf`: where a checkout lies; `entry`: another compiled thread, for tests */
  constructor(options: { deviceOf?: (target: CheckoutTarget) => string; readonly entry?: string } = {}) {
    const nameOf = ({ target }: LoadTask) => target.id;
    this.#threads = new ThreadLanes(options.entry ?? distPath('inputs/load/thread.js'), { nameOf });
    this.#deviceOf = options.deviceOf ?? (() => '');
  }

  /** How many threads were abandoned and still hang. Node cannot exit by itself while there is one. */
  get stuckThreads(): number {
    return this.#threads.stuck;
  }

  /**
   * Loads `keys` of one checkout, with the versions of what was read.
   * @param options `timeoutMs`: how long that may take, counted from when the thread began it
   * @throws {DoiError} `walk_timed_out`, `file_unreadable` or `host_exhausted`; `evaluation_broken` where the thread
   *   broke on it, `internal` where it did not start
   */
  async load(
    target: CheckoutTarget,
    keys: readonly ContentKey[],
    options: { readonly timeoutMs: number },
  ): Promise<LoadedInputs> {
    let outcome: Outcome<LoadedInputs> | undefined;
    const onOutcome = (_: number, ended: Outcome<LoadedInputs>) => {
      outcome = ended;
    };
    await this.#threads.run(this.#deviceOf(target), [{ target, keys }], { limits: options, onOutcome });
    if (outcome !== undefined && 'answer' in outcome) return outcome.answer;
    throw toError(outcome, options.timeoutMs);
  }

  /** Ends the threads; loads under way fail. */
  async close(): Promise<void> {
    await this.#threads.close();
  }
}

/** Why there is no answer. A thread that breaks on one checkout is a failure of that repository, and no host problem. */
function toError(outcome: Outcome<LoadedInputs> | undefined, timeoutMs: number): Error {
  if (outcome !== undefined && ('hung' in outcome || 'late' in outcome)) {
    return new DoiError(
      'walk_timed_out',
      `The checkout's files could not be read within ${timeoutMs} ms.`,
      'See whether the file system that it lies on answers; the worker retries by itself.',
    );
  }
  if (outcome !== undefined && 'error' in outcome) {
    const cause = reviveError(outcome.error);
    return outcome.error.code === undefined
      ? notRead('evaluation_broken', `${cause.message}.`, cause)
      : cause;
  }
  if (outcome !== undefined && 'crashed' in outcome) return notRead('evaluation_broken', outcome.crashed);
  const how = outcome !== undefined && 'unstarted' in outcome ? outcome.unstarted : 'It did not answer.';
  return notRead('internal', how);
}

function notRead(code: 'evaluation_broken' | 'internal', how: string, cause?: Error): DoiError {
  const found = `The checkout's files were not read. ${how}`;
  return new DoiError(code, found, 'See the log of the worker.', cause === undefined ? {} : { cause });
}
