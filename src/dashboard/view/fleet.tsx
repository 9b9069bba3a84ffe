/** The fleet at a glance: how many at each tier, what needs a look, how it moved, and what the last sweep did. */
import type { SweepAnswer } from '../../api/sweeps.js';
import type { View } from '../state/address.js';
import type { Totals } from '../state/select.js';
import { sayDuration } from '../state/show-time.js';
import type { Page } from '../state/store.js';
import { sayTier } from './tier-badge.js';
import { TimeAgo } from './time-ago.js';
import { TrendChart } from './trend-chart.js';

interface Props {
  readonly page: Page;
  readonly totals: Totals;
  readonly onLook: (change: Partial<View>) => void;
}

const TIERS = ['full', 'standard', 'core', 'none'] as const;

export function Fleet({ page, totals, onLook }: Props) {
  const { view, trend, sweep, hosts } = page;
  const share = (count: number) => (totals.all === 0 ? 0 : Math.round((100 * count) / totals.all));
  return (
    <section class="fleet" aria-label="Fleet">
      <div class="card">
        <h2>How integrated are we?</h2>
        <ul class="tiers">
          {TIERS.map((tier) => (
            <li key={tier}>
              <button
                type="button"
                class={`tile ${tier}`}
                aria-pressed={view.tier === tier}
                onClick={() => onLook({ tier: view.tier === tier ? undefined : tier })}
              >
                <b>{totals.tiers[tier]}</b>
                <span>{sayTier(tier)}</span>
                <svg class="share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
                  <rect width={share(totals.tiers[tier])} height={4} />
                </svg>
              </button>
            </li>
          ))}
        </ul>
        <ul class="asides">
          <Aside name="stale" what="stale" count={totals.stale} view={view} onLook={onLook} />
          <Aside name="broken" what="broken" count={totals.broken} view={view} onLook={onLook} />
          <Aside name="never" what="never judged" count={totals.never} view={view} onLook={onLook} />
        </ul>
      </div>
      <div class="card">
        <h2>The last 30 days</h2>
        {trend === undefined ? <p class="quiet">Not available yet.</p> : <TrendChart trend={trend} />}
      </div>
      <div class="card">
        <h2>Sweeps and hosts</h2>
        <SweepSign sweep={sweep} now={page.now} />
        <ul class="hosts">
          {hosts?.map(({ host, silent, heartbeat, trouble, repositories }) => (
            <li key={host} class={silent || trouble !== null ? 'bad' : ''}>
              <b>{host}</b> {repositories} {repositories === 1 ? 'repository' : 'repositories'}
              {silent && <Silent heartbeat={heartbeat} now={page.now} />}
              {trouble !== null && ` · ${trouble.message}`}
            </li>
          ))}
        </ul>
        <div aria-live="polite">
          {page.over.map(({ host, what, at }) => (
            <p key={host} class="quiet">
              {host} is well again (<TimeAgo time={new Date(at).toISOString()} now={page.now} />
              ). The problem was: {what}
            </p>
          ))}
        </div>
      </div>
    </section>
  );
}

interface AsideProps {
  readonly name: 'stale' | 'broken' | 'never';
  readonly what: string;
  readonly count: number;
  readonly view: View;
  readonly onLook: (change: Partial<View>) => void;
}

function Aside({ name, what, count, view, onLook }: AsideProps) {
  return (
    <li>
      <button type="button" aria-pressed={view[name]} onClick={() => onLook({ [name]: !view[name] })}>
        <b>{count}</b> {what}
      </button>
    </li>
  );
}

function Silent({ heartbeat, now }: { heartbeat: string | null; now: number }) {
  if (heartbeat === null) return <> · its worker has never reported. Is one running there?</>;
  return (
    <>
      {' '}
      · its worker last reported <TimeAgo time={heartbeat} now={now} />. Is it running?
    </>
  );
}

function SweepSign({ sweep, now }: { sweep: SweepAnswer | null | undefined; now: number }) {
  if (sweep === undefined) return <p class="quiet">Not available yet.</p>;
  if (sweep === null) return <p class="quiet">No sweep has run yet.</p>;
  const { state, done, total, counts, started_at: began, finished_at: ended } = sweep;
  if (state === 'running') {
    return (
      <div class="sweep">
        <p id="sweep-label">
          A sweep is running: {done} of {total} repositories done, started <TimeAgo time={began} now={now} />
        </p>
        <progress aria-labelledby="sweep-label" max={Math.max(1, total)} value={done} />
      </div>
    );
  }
  const took = ended === null ? '' : ` in ${sayDuration(Date.parse(ended) - Date.parse(began))}`;
  return (
    <p>
      The last sweep {state === 'lost' ? 'stopped early: it began' : 'ended'}{' '}
      <TimeAgo time={ended ?? began} now={now} />. It {state === 'lost' ? 'was to check' : 'checked'} {total}{' '}
      {total === 1 ? 'repository' : 'repositories'}
      {took}: {counts.asked} needed a new evaluation, {counts.failed} of those failed.
    </p>
  );
}
