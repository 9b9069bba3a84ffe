/** Why a report may not hold any more: because of which input, what it was and what it is now. */
import type { StaleReason } from '../../domain/freshness.js';

export function StaleReasons({ reasons }: { reasons: readonly StaleReason[] }) {
  if (reasons.length === 0) return null;
  return (
    <section class="stale">
      <h3>Stale, because</h3>
      <ul>
        {reasons.map(({ input, text, was, now }) => (
          <li key={input}>
            <p>{text}</p>
            {(was !== null || now !== null) && (
              <dl class="versions">
                <div>
                  <dt>was</dt>
                  <dd>
                    <code>{was ?? 'nothing'}</code>
                  </dd>
                </div>
                <div>
                  <dt>now</dt>
                  <dd>
                    <code>{now ?? 'not known'}</code>
                  </dd>
                </div>
              </dl>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
