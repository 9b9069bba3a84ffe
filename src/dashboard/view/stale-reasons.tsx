/** Why a report may not hold any more: what is the same of several inputs once, and the versions behind a fold. */
import type { StaleReason } from '../../domain/freshness.js';
import { groupReasons } from '../../domain/stale-groups.js';

export function StaleReasons({ reasons }: { reasons: readonly StaleReason[] }) {
  if (reasons.length === 0) return null;
  const compared = reasons.filter(({ was, now }) => was !== null || now !== null);
  return (
    <section class="stale">
      <h3>Stale, because</h3>
      <ul>
        {groupReasons(reasons).map(({ text }) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
      {compared.length > 0 && (
        <details>
          <summary>Versions</summary>
          {compared.map(({ input, was, now }) => (
            <dl key={input} class="versions">
              <div>
                <dt>input</dt>
                <dd>{input}</dd>
              </div>
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
          ))}
        </details>
      )}
    </section>
  );
}
