/** The changes of the last days over all repositories: first what got worse, and behind a fold what got better. */
import { useEffect, useState } from 'preact/hooks';
import type { ChangeEntry, ChangesAnswer } from '../../api/history.js';
import { writeAddress } from '../state/address.js';
import { sayMoves } from '../state/criteria.js';
import type { Page, Store } from '../state/store.js';
import { TierBadge } from './signs.js';
import { TimeAgo } from './text.js';

interface Props {
  readonly page: Page;
  readonly store: Store;
}

const DAYS = 7;
/** How many changes stand above the fold. */
const SHOWN = 3;
/** How many are read. */
const LIMIT = 20;

export function Changes({ page, store }: Props) {
  const { worse, better } = useChanges(store, page.connection.confirmedAt);
  if (worse === undefined || better === undefined || worse.known_since === null) return null;
  const list = (entries: readonly ChangeEntry[], way: 'worse' | 'better') =>
    entries.length > 0 && (
      <ol class="changes-list">
        {entries.map((entry) => (
          <Change
            key={`${entry.repo_slug} ${entry.at}`}
            {...{ entry, way, page }}
            onOpen={(repo) => store.show({ repo })}
          />
        ))}
      </ol>
    );
  const rest = worse.changes.slice(SHOWN);
  return (
    <section class="card changes" aria-labelledby="changes-title">
      <h2 id="changes-title">What got worse in the last {DAYS} days</h2>
      {worse.changes.length === 0 && <p class="quiet">Nothing.</p>}
      {list(worse.changes.slice(0, SHOWN), 'worse')}
      {rest.length > 0 && (
        <details>
          <summary>
            {rest.length} more{worse.next !== null && ', and earlier ones'}
          </summary>
          {list(rest, 'worse')}
          {worse.next !== null && <More way="worse" />}
        </details>
      )}
      {better.changes.length > 0 && (
        <details>
          <summary>
            What got better: {better.changes.length}
            {better.next !== null && ', and earlier ones'}
          </summary>
          {list(better.changes, 'better')}
          {better.next !== null && <More way="better" />}
        </details>
      )}
      {worse.known_since > worse.since && (
        <p class="quiet">
          The history begins <TimeAgo time={worse.known_since} now={page.now} />.
        </p>
      )}
    </section>
  );
}

function More({ way }: { way: 'worse' | 'better' }) {
  return (
    <p class="quiet">
      The command <code>doi changes --since {`${DAYS}d --${way}`} --limit 100</code> lists more.
    </p>
  );
}

interface ChangeProps {
  readonly entry: ChangeEntry;
  readonly way: 'worse' | 'better';
  readonly page: Page;
  readonly onOpen: (slug: string) => void;
}

function Change({ entry, way, page, onOpen }: ChangeProps) {
  const { repo_slug: slug, at, tier_was: was, tier_now: is, tier, criteria, changed, direction } = entry;
  const moves = sayMoves(criteria, way);
  return (
    <li>
      <p>
        <a
          href={`./${writeAddress({ ...page.view, repo: slug })}`}
          onClick={(event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            onOpen(slug);
          }}
        >
          <bdi>{slug}</bdi>
        </a>{' '}
        {was !== null && was !== is && (
          <>
            <TierBadge tier={was} /> to{' '}
          </>
        )}
        <TierBadge tier={is} />
        {tier !== is && (
          <span class="quiet">
            , at present <TierBadge tier={tier} />
          </span>
        )}{' '}
        <span class="quiet">
          <TimeAgo time={at} now={page.now} />
        </span>
      </p>
      {moves.length > 0 && <p>{moves.join('; ')}</p>}
      {direction === 'mixed' && (
        <p class="quiet">It also got {way === 'worse' ? 'better' : 'worse'} in part.</p>
      )}
      <p class="found">
        {changed.length === 0
          ? 'no known input had changed'
          : `because of ${changed.map(({ input }) => input).join(', ')}`}
      </p>
    </li>
  );
}

/** Reads both lists, and again after each poll that was answered; the last good answers stay. */
function useChanges(store: Store, confirmedAt: number | undefined) {
  const [answers, setAnswers] = useState<{ worse?: ChangesAnswer; better?: ChangesAnswer }>({});
  useEffect(() => {
    let isCurrent = true;
    const read = (way: 'worse' | 'better') =>
      store.api.get<ChangesAnswer>(`./doi/changes?since=${DAYS}d&direction=${way}&limit=${LIMIT}`);
    void Promise.all([read('worse'), read('better')]).then(([worse, better]) => {
      if (!isCurrent || worse.kind !== 'answered' || better.kind !== 'answered') return;
      setAnswers({ worse: worse.answer, better: better.answer });
    });
    return () => {
      isCurrent = false;
    };
  }, [store, confirmedAt]);
  return answers;
}
