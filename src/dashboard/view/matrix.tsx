/** The matrix: a row for each repository, a column for each criterion. Of many rows it draws those on the screen. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { SummaryEntry } from '../../api/summary.js';
import { COLUMNS } from '../state/criteria.js';
import { drawnOf, EVALUATED_COLUMN, FIRST_VERDICT, type Row, TIER_COLUMN } from '../state/rows.js';
import { sayRelative } from '../state/show-time.js';
import type { Page, Store } from '../state/store.js';
import { CellTip, useTip } from './cell-tip.js';
import { Marks, Sign, TierBadge } from './signs.js';
import { sayRepositories } from './text.js';
import { useKeys } from './use-keys.js';

interface Props {
  readonly rows: readonly Row[];
  readonly page: Page;
  readonly store: Store;
  /** Whether all rows are drawn, as on paper. */
  readonly isWhole: boolean;
  readonly onOpen: (slug: string) => void;
}

/** The height of a row in pixels, as the style sheet sets it. */
const ROW = 32;
const HEAD_ROWS = 2;
const TIERS = ['core', 'standard', 'full'] as const;

export function Matrix({ rows, page, store, isWhole, onOpen }: Props) {
  const body = useRef<HTMLTableSectionElement>(null);
  const screen = useScreen(body, rows.length);
  const { from, to } = isWhole ? { from: 0, to: rows.length } : drawnOf(rows.length, { ...screen, row: ROW });
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
        aria-colcount={EVALUATED_COLUMN + 1}
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
        api={store.api}
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
            Evaluated
          </th>
        </tr>
      </thead>
    </>
  );
}

interface RowProps {
  readonly row: Row;
  /** Its place in the whole table, from 1. */
  readonly index: number;
  readonly page: Page;
  /** The column that the Tab key reaches, if it is in this row. */
  readonly stop: number | undefined;
  readonly onOpen: (slug: string) => void;
}

function MatrixRow({ row, ...rest }: RowProps) {
  if (row.kind === 'entry') return <EntryRow entry={row.entry} {...rest} />;
  const { domain, lowest, entries } = row.group;
  return (
    <tr class="group" aria-rowindex={rest.index}>
      <th scope="rowgroup" colSpan={COLUMNS.length + 3}>
        <span class="group-name">{domain ?? 'no domain'}</span> {sayRepositories(entries.length)}, lowest tier{' '}
        <TierBadge tier={lowest} />
      </th>
    </tr>
  );
}

function EntryRow({ entry, index, page, stop, onOpen }: Omit<RowProps, 'row'> & { entry: SummaryEntry }) {
  const { repo_slug: slug, tier, statuses, checked_at: evaluated } = entry;
  const { changed, view } = page;
  const isOpen = view.repo === slug;
  const focusable = (column: number) => ({ 'data-column': column, tabIndex: stop === column ? 0 : -1 });
  return (
    <tr
      aria-rowindex={index}
      data-slug={slug}
      class={`${isOpen ? 'open' : ''}${changed.has(slug) ? ' changed' : ''}`}
    >
      <th scope="row" class="name">
        <div class="name-line">
          <button
            {...focusable(0)}
            type="button"
            class="open-repo"
            aria-expanded={isOpen}
            onClick={() => onOpen(slug)}
          >
            <bdi>{slug}</bdi>
          </button>
          <Marks entry={entry} />
        </div>
      </th>
      <td {...focusable(TIER_COLUMN)} class="tier-column">
        <TierBadge tier={tier} />
      </td>
      {COLUMNS.map(({ id, tier: of }, at) => (
        <td
          key={id}
          {...focusable(FIRST_VERDICT + at)}
          class={`cell${COLUMNS[at - 1]?.tier === of ? '' : ' first'}${changed.has(`${slug} ${id}`) ? ' changed' : ''}`}
        >
          <Sign status={statuses[id]} />
        </td>
      ))}
      <td {...focusable(EVALUATED_COLUMN)} class="age">
        {evaluated === null ? 'never' : <time dateTime={evaluated}>{sayRelative(evaluated, page.now)}</time>}
      </td>
    </tr>
  );
}

/** Which part of the table's body is on the screen, in pixels from its top. */
function useScreen(body: { readonly current: HTMLElement | null }, count: number) {
  const [screen, setScreen] = useState({ top: 0, height: window.innerHeight });
  useEffect(() => {
    const measure = () => {
      const top = -(body.current?.getBoundingClientRect().top ?? 0);
      setScreen((before) =>
        Math.abs(before.top - top) < ROW && before.height === window.innerHeight
          ? before
          : { top: Math.max(0, top), height: window.innerHeight },
      );
    };
    measure();
    addEventListener('scroll', measure, { passive: true, capture: true });
    addEventListener('resize', measure);
    return () => {
      removeEventListener('scroll', measure, { capture: true });
      removeEventListener('resize', measure);
    };
  }, [body, count]);
  return screen;
}
