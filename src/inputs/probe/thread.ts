/** The thread that probes checkouts, so that a hung mount blocks it and not the process. */

import { watchFileSteps } from '../../checkout/file-calls.js';
import { serveTasks } from '../../platform/threads/serve-tasks.js';
import {
  type CheckoutProbe,
  type CheckoutTarget,
  type ProbeCheckoutOptions,
  probeCheckout,
} from './probe-checkout.js';

/** One checkout to probe, as it is sent to the thread. */
export interface ProbeTask {
  readonly target: CheckoutTarget;
  readonly options: ProbeCheckoutOptions;
}

const step = serveTasks(({ target, options }: ProbeTask): CheckoutProbe => probeCheckout(target, options));
watchFileSteps(step);
