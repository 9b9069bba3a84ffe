/** A prober that looks, and says what it saw only when it is told to: for looks that end late. */
import type { CheckoutProber } from '../../src/inputs/probe/checkout-prober.js';
import { makeGate } from './queue/signals.js';

export interface HeldProber {
  readonly prober: CheckoutProber;
  /** Settles when it has looked. */
  readonly looked: Promise<void>;
  release(): void;
}

/** Holds back what `prober` sees. */
export function holdProber(prober: CheckoutProber): HeldProber {
  const [looked, gate] = [makeGate(), makeGate()];
  const probe: CheckoutProber['probe'] = async (targets, options) => {
    const seen = await prober.probe(targets, options);
    looked.open();
    await gate.opened;
    return seen;
  };
  return { prober: { probe } as CheckoutProber, looked: looked.opened, release: gate.open };
}
