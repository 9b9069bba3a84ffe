/** How a repository came to where it is, as a timeline. */
import type { HistoryAnswer } from '../../api/history.js';
import { Sign } from './sign.js';
import { TierBadge } from './tier-badge.js';
import { TimeAgo } from './time-ago.js';

export function History({ history, now }: { history: HistoryAnswer | undefined; now: number }) {
  if (history === undefined || history.changes.length === 0) return null;
  return (
    <section class="history">
      <h3>History</h3>
      <ol>
        {history.changes.map(({ at, tier_was: was, tier_now: tier, criteria, changed }) => (
          <li key={at}>
            <p>
              <TimeAgo time={at} now={now} />{' '}
              {was === null ? (
                <>
                  first judged: <TierBadge tier={tier} />
                </>
              ) : was === tier ? (
                'same tier as before'
              ) : (
                <>
                  <TierBadge tier={was} /> to <TierBadge tier={tier} />
                </>
              )}
            </p>
            {was !== null && (
              <ul class="moves">
                {criteria.map(({ id, was: before, now: is }) => (
                  <li key={id}>
                    <b>{id}</b> <Sign status={before ?? undefined} /> to <Sign status={is ?? undefined} />
                  </li>
                ))}
              </ul>
            )}
            {changed.length > 0 && (
              <p class="found">because of {changed.map(({ input }) => input).join(', ')}</p>
            )}
          </li>
        ))}
      </ol>
      {history.next !== null && <p class="quiet">The API has earlier changes, at ./repos/…/doi/history.</p>}
    </section>
  );
}
