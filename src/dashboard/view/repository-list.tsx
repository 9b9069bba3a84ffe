/** The repositories as cards, for a screen that is too narrow for the matrix. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { SummaryEntry } from '../../api/summary.js';
import type { Row } from '../state/rows.js';
import type { Page } from '../state/store.js';
import { Marks, Sign, TierBadge } from './signs.js';
import { sayRepositories, TimeAgo } from './text.js';

interface Props {
  readonly rows: readonly Row[];
  readonly page: Page;
  readonly onOpen: (slug: string) => void;
}

/** Cards differ in height, so that scrolling adds cards and removes none. */
const STEP = 60;

export function RepositoryList({ rows, page, onOpen }: Props) {
  const [count, setCount] = useState(STEP);
  const more = useRef<HTMLButtonElement>(null);
  const hasMore = rows.length > count;
  const drawMore = () => setCount((before) => before + STEP);
  useEffect(() => {
    if (more.current === null) return;
    const watch = new IntersectionObserver(([button]) => button?.isIntersecting && drawMore(), {
      rootMargin: '1500px',
    });
    watch.observe(more.current);
    return () => watch.disconnect();
    // A new observer after each step: the old one reports nothing while the button stays near the screen.
  }, [hasMore, count]);
  return (
    <div class="cards">
      {rows.slice(0, count).map((row) =>
        row.kind === 'group' ? (
          <h3 key={`domain ${row.group.domain}`}>
            <bdi>{row.group.domain ?? 'no domain'}</bdi>{' '}
            <span class="quiet">{sayRepositories(row.group.entries.length)}</span>
          </h3>
        ) : (
          <Card key={row.entry.repo_slug} entry={row.entry} page={page} onOpen={onOpen} />
        ),
      )}
      {hasMore && (
        <button type="button" ref={more} onClick={drawMore}>
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
  const { repo_slug: slug, tier, failing, stale, checked_at: evaluated } = entry;
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
        {evaluated !== null && !stale && page.connection.state === 'live' && <span class="fresh">fresh</span>}
        <Marks entry={entry} />
        <span class="quiet">
          {evaluated === null ? (
            'never evaluated'
          ) : (
            <>
              evaluated <TimeAgo time={evaluated} now={page.now} />
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
