/** The section of the repositories: download, legend, filters, and a matrix where its columns fit, else a list. */
import { useCallback, useMemo } from 'preact/hooks';
import type { SummaryEntry } from '../../api/summary.js';
import { rowsOf } from '../state/rows.js';
import type { Group } from '../state/select.js';
import type { Page, Store } from '../state/store.js';
import { CsvButton } from './csv-button.js';
import { Filters } from './filters.js';
import { Matrix } from './matrix.js';
import { RepositoryList } from './repository-list.js';
import { Legend } from './signs.js';
import { useMatch, usePrinting } from './use-screen.js';

interface Props {
  readonly entries: readonly SummaryEntry[];
  /** The entries that the view shows. */
  readonly groups: readonly Group[];
  readonly page: Page;
  readonly store: Store;
}

export function Repositories({ entries, groups, page, store }: Props) {
  const { view, now } = page;
  const shown = groups.reduce((sum, { entries: list }) => sum + list.length, 0);
  return (
    <section id="repositories" aria-labelledby="repositories-title" tabIndex={-1}>
      <div class="section-head">
        <h2 id="repositories-title">Repositories</h2>
        <CsvButton api={store.api} entries={entries} view={view} shown={shown} now={now} />
        <Legend />
      </div>
      <Filters
        entries={entries}
        view={view}
        shown={shown}
        onShow={(change) => store.show(change)}
        onClear={() => store.showAll()}
      />
      <Shown groups={groups} page={page} store={store} />
    </section>
  );
}

function Shown({ groups, page, store }: Omit<Props, 'entries'>) {
  const rows = useMemo(() => rowsOf(groups), [groups]);
  const isPrinting = usePrinting();
  const isNarrow = useMatch('(max-width: 760px)');
  const open = useCallback((repo: string) => store.show({ repo }), [store]);
  if (rows.length === 0) {
    return (
      <p class="none-shown">
        No repository matches these filters.{' '}
        <button type="button" onClick={() => store.showAll()}>
          Show all
        </button>
      </p>
    );
  }
  if (isNarrow && !isPrinting) return <RepositoryList rows={rows} page={page} onOpen={open} />;
  return <Matrix rows={rows} page={page} store={store} isWhole={isPrinting} onOpen={open} />;
}
