/** A tier as a label: its name, and as many filled steps as it is high. */
import type { Tier } from '../../domain/tier.js';

const STEPS: Readonly<Record<Tier, number>> = { none: 0, core: 1, standard: 2, full: 3 };

/** A tier as a word by itself. */
export const sayTier = (tier: Tier) => (tier === 'none' ? 'no tier' : tier);

export function TierBadge({ tier }: { tier: Tier }) {
  return (
    <span class={`tier ${tier}`}>
      <span class="steps" aria-hidden="true">
        {[1, 2, 3].map((step) => (
          <i key={step} class={step <= STEPS[tier] ? 'on' : ''} />
        ))}
      </span>
      {tier}
    </span>
  );
}
