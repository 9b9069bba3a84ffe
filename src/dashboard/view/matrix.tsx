/** The matrix: a row a repository, a column a criterion, a cell a verdict; of many rows those on the screen are drawn. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { COLUMNS } from '../state/criteria.js';
import { JUDGED_COLUMN } from '../state/rows.js';
import type { Page, Store } from '../state/store.js';
import { drawnOf, type Row } from '../state/window.js';
import { CellTip } from './cell-tip.js';
import { MatrixRow } from './matrix-row.js';
import { useKeys } from './use-keys.js';
import { useTip } from './use-tip.js';

interface Props {
  readonly rows: readonly Row[];
  readonly page: Page;
  readonly store: Store;
  /** Whether all rows are drawn, as on paper. */
  readonly isWhole: boolean;
  readonly onOpen: (slug: string) => void;
}

/** The height of a row in pixels, as the style sheet has it. */
const ROW = 32;
const HEAD_ROWS = 2;
const TIERS = ['core', 'standard', 'full'] as const;

export function Matrix({ rows, page, store, isWhole, onOpen }: Props) {
  const body = useRef<HTMLTableSectionElement>(null);
  const seen = useSeen(body, rows.length);
  const { from, to } = isWhole ? { from: 0, to: rows.length } : drawnOf(rows.length, { ...seen, row: ROW });
  const drawn = rows.slice(from, to);
  const { stop, onFocusIn, onKeyDown } = useKeys({
    ...{ body, rows, drawn, onOpen },
    ...{ row: ROW, indexOf: (row: number) => row + HEAD_ROWS + 1 },
  });
  const { place, handlers } = useTip();
  const pointed = drawn.find((row) => row.kind === 'entry' && row.entry.repo_slug === place?.slug);
  return (
    <div class="matrix-frame" {...handlers}>
      <table
        class="matrix"
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: the arrow keys go from cell to cell, as in a grid.
        role="grid"
        aria-readonly="true"
        aria-rowcount={rows.length + HEAD_ROWS}
        aria-colcount={JUDGED_COLUMN + 1}
      >
        <caption class="vh">Each repository's verdict on each criterion</caption>
        <Head />
        <tbody ref={body} onFocusIn={onFocusIn} onKeyDown={onKeyDown}>
          <Gap rows={from} />
          {drawn.map((row, index) => (
            <MatrixRow
              key={keyOf(row)}
              row={row}
              index={from + index + HEAD_ROWS + 1}
              page={page}
              stop={row.kind === 'entry' && row.entry.repo_slug === stop?.slug ? stop.column : undefined}
              onOpen={onOpen}
            />
          ))}
          <Gap rows={rows.length - to} />
        </tbody>
      </table>
      <CellTip
        place={place}
        entry={pointed?.kind === 'entry' ? pointed.entry : undefined}
        asker={store.asker}
        now={page.now}
      />
    </div>
  );
}

const keyOf = (row: Row) => (row.kind === 'group' ? `domain ${row.group.domain}` : row.entry.repo_slug);

/** Takes the place of rows that are not drawn. */
function Gap({ rows }: { rows: number }) {
  if (rows === 0) return null;
  return (
    <tr class="gap">
      <td colSpan={COLUMNS.length + 3} height={rows * ROW} />
    </tr>
  );
}

function Head() {
  return (
    <>
      <colgroup>
        <col class="name-column" />
        <col class="tier-column" />
      </colgroup>
      <colgroup span={COLUMNS.length} class="criteria-columns" />
      <colgroup>
        <col class="age-column" />
      </colgroup>
      <thead>
        <tr aria-rowindex={1} class="tiers-row">
          <td colSpan={2} />
          {TIERS.map((tier) => (
            <th
              key={tier}
              scope="colgroup"
              class="first"
              colSpan={COLUMNS.filter((one) => one.tier === tier).length}
            >
              needed for {tier}
            </th>
          ))}
          <td />
        </tr>
        <tr aria-rowindex={2} class="names-row">
          <th scope="col" class="name">
            Repository
          </th>
          <th scope="col" class="tier-column">
            Tier
          </th>
          {COLUMNS.map(({ id, label, tier }, index) => (
            <th
              key={id}
              scope="col"
              class={`criterion ${tier}${COLUMNS[index - 1]?.tier === tier ? '' : ' first'}`}
            >
              <span class="label">{label}</span>
              <span class="id">{id}</span>
            </th>
          ))}
          <th scope="col" class="age">
            Judged
          </th>
        </tr>
      </thead>
    </>
  );
}

/** Which part of the table's body is on the screen, in pixels from its top. */
function useSeen(body: { readonly current: HTMLElement | null }, count: number) {
  const [seen, setSeen] = useState({ top: 0, height: window.innerHeight });
  useEffect(() => {
    const look = () => {
      const top = -(body.current?.getBoundingClientRect().top ?? 0);
      setSeen((before) =>
        Math.abs(before.top - top) < ROW && before.height === window.innerHeight
          ? before
          : { top: Math.max(0, top), height: window.innerHeight },
      );
    };
    look();
    addEventListener('scroll', look, { passive: true, capture: true });
    addEventListener('resize', look);
    return () => {
      removeEventListener('scroll', look, { capture: true });
      removeEventListener('resize', look);
    };
  }, [body, count]);
  return seen;
}
