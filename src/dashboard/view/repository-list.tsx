/** The repositories as a list, for a screen that is too narrow for the matrix: a card each. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { SummaryEntry } from '../../api/summary.js';
import type { Page } from '../state/store.js';
import type { Row } from '../state/window.js';
import { Marks } from './marks.js';
import { Sign } from './sign.js';
import { TierBadge } from './tier-badge.js';
import { TimeAgo } from './time-ago.js';

interface Props {
  readonly rows: readonly Row[];
  readonly page: Page;
  readonly onOpen: (slug: string) => void;
}

/** Cards differ in height, so that more of them are drawn as somebody scrolls, and none is taken away again. */
const STEP = 60;

export function RepositoryList({ rows, page, onOpen }: Props) {
  const [count, setCount] = useState(STEP);
  const more = useRef<HTMLButtonElement>(null);
  const isMore = rows.length > count;
  const draw = () => setCount((before) => before + STEP);
  useEffect(() => {
    if (more.current === null) return;
    const watch = new IntersectionObserver(([seen]) => seen?.isIntersecting && draw(), {
      rootMargin: '1500px',
    });
    watch.observe(more.current);
    return () => watch.disconnect();
    // Observed anew after each step: one that leaves the button in sight is no news to an observer.
  }, [isMore, count]);
  return (
    <div class="cards">
      {rows.slice(0, count).map((row) =>
        row.kind === 'group' ? (
          <h3 key={`domain ${row.group.domain}`}>
            <bdi>{row.group.domain ?? 'no domain'}</bdi>{' '}
            <span class="quiet">
              {row.group.entries.length} {row.group.entries.length === 1 ? 'repository' : 'repositories'}
            </span>
          </h3>
        ) : (
          <Card key={row.entry.repo_slug} entry={row.entry} page={page} onOpen={onOpen} />
        ),
      )}
      {isMore && (
        <button type="button" ref={more} onClick={draw}>
          Show more
        </button>
      )}
    </div>
  );
}

interface CardProps {
  readonly entry: SummaryEntry;
  readonly page: Page;
  readonly onOpen: (slug: string) => void;
}

function Card({ entry, page, onOpen }: CardProps) {
  const { repo_slug: slug, tier, failing, stale, checked_at: checked } = entry;
  const isOpen = page.view.repo === slug;
  return (
    <article class={`repository${isOpen ? ' open' : ''}${page.changed.has(slug) ? ' changed' : ''}`}>
      <h4>
        <button type="button" class="open-repo" aria-expanded={isOpen} onClick={() => onOpen(slug)}>
          <bdi>{slug}</bdi>
        </button>
      </h4>
      <p class="facts-line">
        <TierBadge tier={tier} />
        {checked !== null && !stale && page.connection.state === 'live' && <span class="fresh">fresh</span>}
        <Marks entry={entry} />
        <span class="quiet">
          {checked === null ? (
            'never judged'
          ) : (
            <>
              judged <TimeAgo time={checked} now={page.now} />
            </>
          )}
        </span>
      </p>
      {failing.length > 0 && (
        <ul class="failing" aria-label={`Criteria that ${slug} does not meet`}>
          {failing.map(({ id, label, status }) => (
            <li key={id}>
              <Sign status={status} /> {id} {label}
            </li>
          ))}
        </ul>
      )}
    </article>
  );
}
