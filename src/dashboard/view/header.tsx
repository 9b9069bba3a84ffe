/** The top of the page: its title, how current its data is, and the button that forgets the tokens. */
import { useState } from 'preact/hooks';
import { sayExact } from '../state/show-time.js';
import type { Page, Store } from '../state/store.js';
import { TimeAgo } from './text.js';

export function Header({ page, store }: { page: Page; store: Store }) {
  return (
    <header class={`top ${page.connection.state}`}>
      <h1>Definition of Integrated</h1>
      <ConnectionSign page={page} onRetry={() => void store.poll()} />
      {!store.api.tokens.isEmpty && (
        <button type="button" onClick={() => store.forgetTokens()}>
          Forget the token
        </button>
      )}
      <p class="on-paper">
        {location.href}, {sayExact(new Date(page.now).toISOString())}
      </p>
    </header>
  );
}

function ConnectionSign({ page, onRetry }: { page: Page; onRetry: () => void }) {
  const { state, confirmedAt, why } = page.connection;
  const [retries, setRetries] = useState(0);
  const answered = confirmedAt === undefined ? undefined : new Date(confirmedAt).toISOString();
  // As in the panel: an answer that came just now may be about an earlier check.
  const checked = state === 'live' ? page.verifiedAt : null;
  const since = checked ?? answered;
  return (
    <p class={`connection ${state}`}>
      <span class="dot" aria-hidden="true" />
      <span role="status">
        <strong>{STATES[state]}</strong>
        {since !== undefined && (checked === null ? ': last answer ' : ', checked ')}
        {since !== undefined && <TimeAgo time={since} now={page.now} />}
        {why !== '' && <span class="why">. {why}</span>}
      </span>
      {(state === 'stale' || state === 'offline') && (
        <button
          type="button"
          key={retries}
          onClick={() => {
            setRetries(retries + 1);
            onRetry();
          }}
        >
          Try now
        </button>
      )}
    </p>
  );
}

const STATES = {
  starting: 'Loading…',
  live: 'Live',
  stale: 'Outdated',
  offline: 'Offline',
  unauthorized: 'A token is needed',
} as const;
