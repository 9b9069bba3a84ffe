/** Loads the inputs of checkouts in a thread of its own. */
import { DoiError } from '../../domain/errors.js';
import { AbandonableThread } from '../../platform/abandonable-thread.js';
import { distPath } from '../../platform/package-root.js';
import { type Outcome, reviveError } from '../../platform/thread-outcome.js';
import type { CheckoutTarget } from '../probe/probe-checkout.js';
import type { ContentKey } from '../probe/probe-input.js';
import type { LoadedInputs } from './load-inputs.js';
import type { LoadTask } from './thread.js';

export class CheckoutLoader {
  readonly #thread: AbandonableThread<LoadTask, LoadedInputs>;

  /** @param options `entry`: another compiled thread, for tests */
  constructor(options: { readonly entry?: string } = {}) {
    this.#thread = new AbandonableThread(options.entry ?? distPath('inputs/load/thread.js'));
  }

  /** How many threads were abandoned and still hang. Node cannot exit by itself while there is one. */
  get stuckThreads(): number {
    return this.#thread.stuck;
  }

  /**
   * Loads `keys` of one checkout, with the versions of what was read.
   * @param options `timeoutMs`: how long that may take, counted from when the thread began it
   * @throws {DoiError} `walk_timed_out`, `file_unreadable` or `host_exhausted`; `evaluation_broken` where the thread
   *   broke under it, `internal` where it did not start
   */
  async load(
    target: CheckoutTarget,
    keys: readonly ContentKey[],
    options: { readonly timeoutMs: number },
  ): Promise<LoadedInputs> {
    const [outcome] = await this.#thread.run([{ target, keys }], options.timeoutMs);
    if (outcome !== undefined && 'answer' in outcome) return outcome.answer;
    throw toError(outcome, options.timeoutMs);
  }

  /** Ends the thread; what is still being loaded fails. */
  async close(): Promise<void> {
    await this.#thread.close();
  }
}

/** Why there is no answer. What breaks under one checkout is that one's, and no trouble of the host's. */
function toError(outcome: Outcome<LoadedInputs> | undefined, timeoutMs: number): Error {
  if (outcome !== undefined && 'hung' in outcome) {
    return new DoiError(
      'walk_timed_out',
      `The checkout's files could not be read within ${timeoutMs} ms.`,
      'See whether the file system that it lies on answers; it is tried again by itself.',
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
