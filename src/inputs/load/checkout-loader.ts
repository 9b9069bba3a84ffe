/** Loads the inputs of checkouts in a thread of its own. */
import { DoiError } from '../../domain/errors.js';
import { AbandonableThread } from '../../platform/abandonable-thread.js';
import { distPath } from '../../platform/package-root.js';
import { reviveError } from '../../platform/thread-outcome.js';
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
   * @throws {DoiError} `walk_timed_out`, `file_unreadable` or `host_exhausted`; `internal` where the thread broke
   */
  async load(
    target: CheckoutTarget,
    keys: readonly ContentKey[],
    options: { readonly timeoutMs: number },
  ): Promise<LoadedInputs> {
    const [outcome] = await this.#thread.run([{ target, keys }], options.timeoutMs);
    if (outcome !== undefined && 'answer' in outcome) return outcome.answer;
    if (outcome !== undefined && 'error' in outcome) throw reviveError(outcome.error);
    if (outcome !== undefined && 'hung' in outcome) {
      throw new DoiError(
        'walk_timed_out',
        `The checkout's files could not be read within ${options.timeoutMs} ms.`,
        'See whether the file system that it lies on answers; it is tried again by itself.',
      );
    }
    const how = outcome !== undefined && 'crashed' in outcome ? outcome.crashed : 'It did not answer.';
    throw new DoiError(
      'internal',
      `The checkout's files were not read. ${how}`,
      'See the log of the worker.',
    );
  }

  /** Ends the thread; what is still being loaded fails. */
  async close(): Promise<void> {
    await this.#thread.close();
  }
}
