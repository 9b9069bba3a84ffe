/** The whole page: its top, and what it shows of what is known. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { select, total } from '../state/select.js';
import type { Page, Store } from '../state/store.js';
import { Empty, Loading, NeedsToken } from './bad-states.js';
import { Changes } from './changes.js';
import { ConnectionSign } from './connection-sign.js';
import { Filters } from './filters.js';
import { Fleet } from './fleet.js';
import { Legend } from './legend.js';
import { Matrix } from './matrix.js';
import { Repository } from './repository.js';

export function App({ store }: { store: Store }) {
  const [page, setPage] = useState<Page>(store.page);
  useEffect(() => {
    const look = () => setPage(store.page);
    // What has come before this hears of it.
    look();
    return store.listen(look);
  }, [store]);
  const isNarrow = useMatch('(max-width: 900px)');
  // The panel lies over everything else then, which is out of reach until it is closed.
  const isCovered = isNarrow && page.view.repo !== undefined && showsRepositories(page);
  return (
    <>
      <div inert={isCovered}>
        {showsRepositories(page) && (
          <a class="skip-link" href="#repositories">
            Skip to the repositories
          </a>
        )}
        <header class={`top ${page.connection.state}`}>
          <h1>Definition of Integrated</h1>
          <ConnectionSign page={page} onRetry={() => void store.poll()} />
        </header>
      </div>
      <Content store={store} page={page} isCovered={isCovered} />
    </>
  );
}

/** Whether the screen is like that, as the style sheet sees it. */
function useMatch(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const asked = matchMedia(query);
    const look = () => setMatches(asked.matches);
    asked.addEventListener('change', look);
    return () => asked.removeEventListener('change', look);
  }, [query]);
  return matches;
}

const showsRepositories = ({ connection, entries = [] }: Page) =>
  connection.state !== 'unauthorized' && entries.length > 0;

interface ContentProps {
  readonly store: Store;
  readonly page: Page;
  /** Whether one repository lies over everything else. */
  readonly isCovered: boolean;
}

function Content({ store, page, isCovered }: ContentProps) {
  const { entries, connection, view } = page;
  const totals = useMemo(() => total(entries ?? []), [entries]);
  const groups = useMemo(() => select(entries ?? [], view), [entries, view]);
  if (connection.state === 'unauthorized') {
    return (
      <NeedsToken
        onToken={(token) => {
          store.asker.useReadToken(token);
          void store.poll();
        }}
        wasWrong={connection.failures > 1}
      />
    );
  }
  if (entries === undefined) return <Loading connection={connection} />;
  if (entries.length === 0) return <Empty />;
  return (
    <div class={view.repo === undefined ? 'layout' : 'layout with-panel'}>
      <main inert={isCovered}>
        <Fleet page={page} totals={totals} onLook={(change) => store.look(change)} />
        <Changes page={page} store={store} />
        <section id="repositories" aria-labelledby="repositories-title" tabIndex={-1}>
          <div class="section-head">
            <h2 id="repositories-title">Repositories</h2>
            <Legend />
          </div>
          <Filters
            entries={entries}
            view={view}
            shown={groups.reduce((sum, { entries: list }) => sum + list.length, 0)}
            onLook={(change) => store.look(change)}
            onClear={() => store.lookAtAll()}
          />
          <Matrix
            groups={groups}
            page={page}
            onOpen={(repo) => store.look({ repo })}
            onClear={() => store.lookAtAll()}
          />
        </section>
      </main>
      {view.repo !== undefined && (
        <Repository
          key={view.repo}
          slug={view.repo}
          store={store}
          page={page}
          onClose={() => store.look({ repo: undefined })}
        />
      )}
    </div>
  );
}
