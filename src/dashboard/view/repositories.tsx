/** The repositories that are shown: a matrix where there is room for its columns, else a list. */
import { useCallback, useMemo } from 'preact/hooks';
import type { Group } from '../state/select.js';
import type { Page, Store } from '../state/store.js';
import { rowsOf } from '../state/window.js';
import { Matrix } from './matrix.js';
import { RepositoryList } from './repository-list.js';
import { useMatch, usePrinting } from './use-screen.js';

interface Props {
  readonly groups: readonly Group[];
  readonly page: Page;
  readonly store: Store;
}

export function Repositories({ groups, page, store }: Props) {
  const rows = useMemo(() => rowsOf(groups), [groups]);
  const isPrinting = usePrinting();
  const isNarrow = useMatch('(max-width: 760px)');
  const open = useCallback((repo: string) => store.look({ repo }), [store]);
  if (rows.length === 0) {
    return (
      <p class="none-shown">
        No repository matches these filters.{' '}
        <button type="button" onClick={() => store.lookAtAll()}>
          Show all
        </button>
      </p>
    );
  }
  if (isNarrow && !isPrinting) return <RepositoryList rows={rows} page={page} onOpen={open} />;
  return <Matrix rows={rows} page={page} store={store} isWhole={isPrinting} onOpen={open} />;
}
