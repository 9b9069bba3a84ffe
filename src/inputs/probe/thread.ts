/** The thread that probes checkouts, so that a hung mount blocks it and not the process. */
import { serveTasks } from '../../platform/serve-tasks.js';
import { watchFileSteps } from './file-steps.js';
import { type CheckoutProbe, type CheckoutTarget, type ProbeWish, probeCheckout } from './probe-checkout.js';

/** One checkout to probe, as it is sent to the thread. */
export interface ProbeTask {
  readonly target: CheckoutTarget;
  readonly wish: ProbeWish;
}

const step = serveTasks(({ target, wish }: ProbeTask): CheckoutProbe => probeCheckout(target, wish));
watchFileSteps(step);
