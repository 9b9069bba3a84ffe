/** The signs of the page: a verdict, a tier, "stale" and "broken", and the legend that explains them. */
import type { SummaryEntry } from '../../api/summary.js';
import { TIERS, type Tier } from '../../domain/tier.js';
import type { Status } from '../../domain/verdict.js';

/** Each status has a shape and a colour of its own. */
const SHAPES: Readonly<Record<Status, string>> = {
  pass: 'M3.5 8.5 6.5 11.5 12.5 4.5',
  warn: 'M8 2.5 14 13H2Z M8 6.5V9.5 M8 11.2V11.4',
  fail: 'M4 4 12 12 M12 4 4 12',
  skip: 'M4 8H12',
};

/** A verdict, with its name for screen readers unless `hidden`. */
export function Sign({ status, hidden = false }: { status: Status | undefined; hidden?: boolean }) {
  if (status === undefined) return <span class="vh">not judged</span>;
  return (
    <span class={`sign ${status}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
        <path d={SHAPES[status]} />
      </svg>
      {!hidden && <span class="vh">{status}</span>}
    </span>
  );
}

/** A tier's name where it stands alone. */
export const sayTier = (tier: Tier) => (tier === 'none' ? 'no tier' : tier);

/** A tier with its name and one filled step for each tier reached. */
export function TierBadge({ tier }: { tier: Tier }) {
  return (
    <span class={`tier ${tier}`}>
      <span class="steps" aria-hidden="true">
        {[1, 2, 3].map((step) => (
          <i key={step} class={step <= TIERS.indexOf(tier) ? 'on' : ''} />
        ))}
      </span>
      {tier}
    </span>
  );
}

/** Says beside a repository's name that its verdicts may be out of date, or that its last evaluation failed. */
export function Marks({ entry: { broken, stale, checked_at: evaluated } }: { entry: SummaryEntry }) {
  return (
    <>
      {broken && <span class="broken-mark">broken</span>}
      {stale && evaluated !== null && <span class="stale-mark">stale</span>}
    </>
  );
}

export function Legend() {
  return (
    <ul class="legend" aria-label="Signs">
      <li>
        <Sign status="pass" hidden /> pass
      </li>
      <li>
        <Sign status="warn" hidden /> warn: counts as a pass
      </li>
      <li>
        <Sign status="fail" hidden /> fail
      </li>
      <li>
        <Sign status="skip" hidden /> skip: not judged, because something is missing
      </li>
      <li>
        <span class="stale-mark" aria-hidden="true">
          stale
        </span>{' '}
        may be out of date
      </li>
      <li>
        <span class="broken-mark" aria-hidden="true">
          broken
        </span>{' '}
        the last evaluation failed, or its remote was not reached
      </li>
    </ul>
  );
}
