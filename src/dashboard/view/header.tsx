/** Says how far what is on the screen can be trusted: live, outdated or offline. */
import { useState } from 'preact/hooks';
import type { Page } from '../state/store.js';
import { TimeAgo } from './time-ago.js';

export function ConnectionSign({ page, onRetry }: { page: Page; onRetry: () => void }) {
  const { state, confirmedAt, why } = page.connection;
  const [tries, setTries] = useState(0);
  const answered = confirmedAt === undefined ? undefined : new Date(confirmedAt).toISOString();
  // As in the panel: an answer that came just now may say what was checked earlier.
  const checked = state === 'live' ? page.verifiedAt : null;
  const since = checked ?? answered;
  return (
    <p class={`connection ${state}`}>
      <span class="dot" aria-hidden="true" />
      <span role="status">
        <strong>{SAID[state]}</strong>
        {since !== undefined && (checked === null ? ': last answer ' : ', checked ')}
        {since !== undefined && <TimeAgo time={since} now={page.now} />}
        {why !== '' && <span class="why">. {why}</span>}
      </span>
      {(state === 'stale' || state === 'offline') && (
        <button
          type="button"
          key={tries}
          onClick={() => {
            setTries(tries + 1);
            onRetry();
          }}
        >
          Try now
        </button>
      )}
    </p>
  );
}

const SAID = {
  starting: 'Loading…',
  live: 'Live',
  stale: 'Outdated',
  offline: 'Offline',
  unauthorized: 'A token is needed',
} as const;
