/** All repositories at a glance: how many repositories at each tier, stale and broken ones, the trend, sweeps and hosts. */
import type { SweepAnswer } from '../../api/sweeps.js';
import type { View } from '../state/address.js';
import type { Totals } from '../state/select.js';
import { sayDuration } from '../state/show-time.js';
import type { Page } from '../state/store.js';
import { sayTier } from './signs.js';
import { sayRepositories, TimeAgo } from './text.js';
import { TrendChart } from './trend-chart.js';

interface Props {
  readonly page: Page;
  readonly totals: Totals;
  readonly onShow: (change: Partial<View>) => void;
}

const TIERS = ['full', 'standard', 'core', 'none'] as const;

export function Overview({ page, totals, onShow }: Props) {
  const { view, trend, sweep } = page;
  const share = (count: number) => (totals.all === 0 ? 0 : Math.round((100 * count) / totals.all));
  return (
    <section class="overview" aria-label="Overview">
      <div class="card">
        <h2>How integrated are we?</h2>
        <ul class="tiers">
          {TIERS.map((tier) => (
            <li key={tier}>
              <button
                type="button"
                class={`tile ${tier}`}
                aria-pressed={view.tier === tier}
                onClick={() => onShow({ tier: view.tier === tier ? undefined : tier })}
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
          <CountButton name="stale" label="stale" count={totals.stale} view={view} onShow={onShow} />
          <CountButton name="broken" label="broken" count={totals.broken} view={view} onShow={onShow} />
          <CountButton
            name="never"
            label="never evaluated"
            count={totals.never}
            view={view}
            onShow={onShow}
          />
        </ul>
      </div>
      <div class="card">
        <h2>The last 30 days</h2>
        {trend === undefined ? <p class="quiet">Not available yet.</p> : <TrendChart trend={trend} />}
      </div>
      <div class="card">
        <h2>Sweeps and hosts</h2>
        <LastSweep sweep={sweep} now={page.now} />
        <Hosts page={page} />
      </div>
    </section>
  );
}

interface CountProps {
  readonly name: 'stale' | 'broken' | 'never';
  readonly label: string;
  readonly count: number;
  readonly view: View;
  readonly onShow: (change: Partial<View>) => void;
}

function CountButton({ name, label, count, view, onShow }: CountProps) {
  return (
    <li>
      <button type="button" aria-pressed={view[name]} onClick={() => onShow({ [name]: !view[name] })}>
        <b>{count}</b> {label}
      </button>
    </li>
  );
}

function Hosts({ page }: { page: Page }) {
  return (
    <>
      <ul class="hosts">
        {page.hosts?.map(({ host, silent, heartbeat, trouble, repositories }) => (
          <li key={host} class={silent || trouble !== null ? 'bad' : ''}>
            <b>{host}</b> {sayRepositories(repositories)}
            {silent && <Silent heartbeat={heartbeat} now={page.now} />}
            {trouble !== null && ` · ${trouble.message}`}
          </li>
        ))}
      </ul>
      <div aria-live="polite">
        {page.recoveries.map(({ host, problem, at }) => (
          <p key={host} class="quiet">
            {host} has recovered (<TimeAgo time={new Date(at).toISOString()} now={page.now} />
            ). The problem was: {problem}
          </p>
        ))}
      </div>
    </>
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

function LastSweep({ sweep, now }: { sweep: SweepAnswer | null | undefined; now: number }) {
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
      <TimeAgo time={ended ?? began} now={now} />. It {state === 'lost' ? 'was to check' : 'checked'}{' '}
      {sayRepositories(total)}
      {took}: {counts.asked} needed a new evaluation, {counts.failed} of those failed.
    </p>
  );
}
