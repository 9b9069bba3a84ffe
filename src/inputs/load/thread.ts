/** The thread that loads inputs, so that a hung mount blocks it and not the process. */

import { watchFileSteps } from '../../checkout/file-calls.js';
import type { ContentKey } from '../../domain/input.js';
import { serveTasks } from '../../platform/threads/serve-tasks.js';
import type { CheckoutTarget } from '../probe/probe-checkout.js';
import { type LoadedInputs, loadInputs } from './load-inputs.js';

/** The inputs of one checkout to load, as they are sent to the thread. */
export interface LoadTask {
  readonly target: CheckoutTarget;
  readonly keys: readonly ContentKey[];
}

const step = serveTasks(({ target, keys }: LoadTask): LoadedInputs => loadInputs(target, keys));
watchFileSteps(step);
