/** A prober that returns its result only when a test releases it: for probes that end late. */
import type { CheckoutProber } from '../../src/inputs/probe/checkout-prober.js';
import { makeGate } from './queue/signals.js';

export interface HeldProber {
  readonly prober: CheckoutProber;
  /** Resolves when it has probed. */
  readonly probed: Promise<void>;
  release(): void;
}

/** Holds back what `prober` sees. */
export function holdProber(prober: CheckoutProber): HeldProber {
  const [probed, gate] = [makeGate(), makeGate()];
  const probe: CheckoutProber['probe'] = async (targets, options) => {
    const seen = await prober.probe(targets, options);
    probed.open();
    await gate.opened;
    return seen;
  };
  return { prober: { probe } as CheckoutProber, probed: probed.opened, release: gate.open };
}
