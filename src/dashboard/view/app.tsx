/** The whole page: its header, the overview, what changed, the repositories, and the panel of the open one. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { select, total } from '../state/select.js';
import type { Page, Store } from '../state/store.js';
import { Changes } from './changes.js';
import { Header } from './header.js';
import { Overview } from './overview.js';
import { Empty, Loading, NeedsToken } from './placeholders.js';
import { Repositories } from './repositories.js';
import { Repository } from './repository.js';
import { useMatch } from './use-screen.js';

export function App({ store }: { store: Store }) {
  const [page, setPage] = useState<Page>(store.page);
  useEffect(() => {
    const update = () => setPage(store.page);
    // The store may have changed between the first drawing and this effect.
    update();
    return store.subscribe(update);
  }, [store]);
  const isNarrow = useMatch('(max-width: 1199px)');
  // On a narrow screen the panel covers everything else, which stays out of reach until the panel is closed.
  const isCovered = isNarrow && page.view.repo !== undefined && showsRepositories(page);
  return (
    <>
      <div inert={isCovered}>
        {showsRepositories(page) && (
          <button type="button" class="skip-link" onClick={goToRepositories}>
            Skip to the repositories
          </button>
        )}
        <Header page={page} store={store} />
      </div>
      <Content store={store} page={page} isCovered={isCovered} />
    </>
  );
}

/** Focuses the cell where the arrow keys work, or the section where a filter shows no repository. */
function goToRepositories(): void {
  const first = document.querySelector<HTMLElement>('.matrix [tabindex="0"], .cards .open-repo');
  (first ?? document.getElementById('repositories'))?.focus();
}

const showsRepositories = ({ connection, entries = [] }: Page) =>
  connection.state !== 'unauthorized' && entries.length > 0;

interface ContentProps {
  readonly store: Store;
  readonly page: Page;
  /** Whether the panel covers everything else. */
  readonly isCovered: boolean;
}

function Content({ store, page, isCovered }: ContentProps) {
  const { entries, connection, view } = page;
  const totals = useMemo(() => total(entries ?? []), [entries]);
  const groups = useMemo(() => select(entries ?? [], view), [entries, view]);
  if (connection.state === 'unauthorized') {
    return (
      <NeedsToken onToken={(token) => store.useToken('read', token)} wasRefused={store.api.wasRefused} />
    );
  }
  if (entries === undefined) return <Loading connection={connection} />;
  if (entries.length === 0) return <Empty />;
  return (
    <div class={view.repo === undefined ? 'layout' : 'layout with-panel'}>
      <main inert={isCovered}>
        <Overview page={page} totals={totals} onShow={(change) => store.show(change)} />
        <Changes page={page} store={store} />
        <Repositories entries={entries} groups={groups} store={store} page={page} />
      </main>
      {view.repo !== undefined && (
        <Repository
          key={view.repo}
          slug={view.repo}
          store={store}
          page={page}
          onClose={() => store.show({ repo: undefined })}
        />
      )}
    </div>
  );
}
