/** The whole page: its top, and what it shows of what is known. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { select, total } from '../state/select.js';
import { sayExact } from '../state/show-time.js';
import type { Page, Store } from '../state/store.js';
import { Changes } from './changes.js';
import { CsvButton } from './csv-button.js';
import { Filters } from './filters.js';
import { Fleet } from './fleet.js';
import { ConnectionSign } from './header.js';
import { Legend } from './legend.js';
import { Empty, Loading, NeedsToken } from './placeholders.js';
import { Repositories } from './repositories.js';
import { Repository } from './repository.js';
import { useMatch } from './use-screen.js';

export function App({ store }: { store: Store }) {
  const [page, setPage] = useState<Page>(store.page);
  useEffect(() => {
    const look = () => setPage(store.page);
    // What has come before this hears of it.
    look();
    return store.listen(look);
  }, [store]);
  const isNarrow = useMatch('(max-width: 1199px)');
  // The panel lies over everything else then, which is out of reach until it is closed.
  const isCovered = isNarrow && page.view.repo !== undefined && showsRepositories(page);
  return (
    <>
      <div inert={isCovered}>
        {showsRepositories(page) && (
          <button type="button" class="skip-link" onClick={goToRepositories}>
            Skip to the repositories
          </button>
        )}
        <header class={`top ${page.connection.state}`}>
          <h1>Definition of Integrated</h1>
          <ConnectionSign page={page} onRetry={() => void store.poll()} />
          {!store.asker.tokens.isEmpty && (
            <button type="button" onClick={() => store.forgetTokens()}>
              Forget the token
            </button>
          )}
          <p class="on-paper">
            {location.href}, {sayExact(new Date(page.now).toISOString())}
          </p>
        </header>
      </div>
      <Content store={store} page={page} isCovered={isCovered} />
    </>
  );
}

/** Straight to where the arrow keys work; to the part of the page where a filter shows nothing. */
function goToRepositories(): void {
  const first = document.querySelector<HTMLElement>('.matrix [tabindex="0"], .cards .open-repo');
  (first ?? document.getElementById('repositories'))?.focus();
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
  const shown = groups.reduce((sum, { entries: list }) => sum + list.length, 0);
  if (connection.state === 'unauthorized') {
    return (
      <NeedsToken onToken={(token) => store.useToken('read', token)} wasRefused={store.asker.wasRefused} />
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
            <CsvButton asker={store.asker} entries={entries} view={view} shown={shown} now={page.now} />
            <Legend />
          </div>
          <Filters
            entries={entries}
            view={view}
            shown={shown}
            onLook={(change) => store.look(change)}
            onClear={() => store.lookAtAll()}
          />
          <Repositories groups={groups} store={store} page={page} />
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
