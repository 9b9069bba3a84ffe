/** How a repository came to its verdicts: its last evaluation, and its history as a timeline. */
import type { HistoryAnswer } from '../../api/history.js';
import type { LastEvaluationAnswer } from '../../api/report.js';
import { sayDuration } from '../state/show-time.js';
import { Sign, TierBadge } from './signs.js';
import { Fact, TimeAgo } from './text.js';

export function LastEvaluation({ evaluation }: { evaluation: LastEvaluationAnswer | null }) {
  if (evaluation === null) return null;
  const { trigger, collapsed, changed, ran, kept, duration_ms: took, host, updated } = evaluation;
  const others = collapsed.reduce((sum, { count }) => sum + count, 0);
  return (
    <section>
      <h3>Last evaluation</h3>
      <dl class="facts">
        <Fact name="because">
          {trigger}
          {others > 0 && ` (and ${others} more ${others === 1 ? 'request' : 'requests'})`}
        </Fact>
        {changed.length > 0 && <Fact name="changed">{changed.map(({ input }) => input).join(', ')}</Fact>}
        <Fact name="judged again">{ran.length === 0 ? 'nothing' : ran.join(' ')}</Fact>
        <Fact name="kept">{kept.length === 0 ? 'nothing' : kept.join(' ')}</Fact>
        <Fact name="took">
          {sayDuration(took)} on {host}
          {updated && ', after a pull'}
        </Fact>
      </dl>
    </section>
  );
}

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
                  first evaluated: <TierBadge tier={tier} />
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
