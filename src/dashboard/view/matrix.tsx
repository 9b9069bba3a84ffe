/** The matrix: a row a repository, a column a criterion, a cell a verdict; of many rows those on the screen are drawn. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { SummaryEntry } from '../../domain/answers.js';
import { COLUMNS } from '../state/criteria.js';
import type { Group } from '../state/select.js';
import type { Page } from '../state/store.js';
import { drawnOf, type Row, rowsOf } from '../state/window.js';
import { Sign } from './sign.js';
import { TierBadge } from './tier-badge.js';
import { TimeAgo } from './time-ago.js';

interface Props {
  readonly groups: readonly Group[];
  readonly page: Page;
  readonly onOpen: (slug: string) => void;
  readonly onClear: () => void;
}

/** The height of a row in pixels, as the style sheet has it. */
const ROW = 32;
const HEAD_ROWS = 2;
const TIERS = ['core', 'standard', 'full'] as const;

export function Matrix({ groups, page, onOpen, onClear }: Props) {
  const rows = useMemo(() => rowsOf(groups), [groups]);
  const body = useRef<HTMLTableSectionElement>(null);
  const seen = useSeen(body, rows.length);
  const { from, to } = drawnOf(rows.length, { ...seen, row: ROW });
  if (rows.length === 0) {
    return (
      <p class="none-shown">
        No repository is like that.{' '}
        <button type="button" onClick={onClear}>
          Show all
        </button>
      </p>
    );
  }
  return (
    <div class="matrix-frame">
      <table class="matrix" aria-rowcount={rows.length + HEAD_ROWS}>
        <caption class="vh">Each repository's verdict on each criterion</caption>
        <Head />
        <tbody ref={body}>
          {from > 0 && (
            <tr class="gap">
              <td colSpan={COLUMNS.length + 3} height={from * ROW} />
            </tr>
          )}
          {rows.slice(from, to).map((row, index) => (
            <MatrixRow
              key={keyOf(row)}
              row={row}
              index={from + index + HEAD_ROWS + 1}
              page={page}
              onOpen={onOpen}
            />
          ))}
          {to < rows.length && (
            <tr class="gap">
              <td colSpan={COLUMNS.length + 3} height={(rows.length - to) * ROW} />
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}

const keyOf = (row: Row) => (row.kind === 'group' ? `domain ${row.group.domain}` : row.entry.repo_slug);

function Head() {
  return (
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
            title={`${id} ${label} (${tier})`}
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
  );
}

interface RowProps {
  readonly row: Row;
  /** Its place in the whole table, from 1. */
  readonly index: number;
  readonly page: Page;
  readonly onOpen: (slug: string) => void;
}

function MatrixRow({ row, index, page, onOpen }: RowProps) {
  if (row.kind === 'group') {
    const { domain, lowest, entries } = row.group;
    return (
      <tr class="group" aria-rowindex={index}>
        <th scope="rowgroup" colSpan={COLUMNS.length + 3}>
          <span class="group-name">{domain ?? 'no domain'}</span> {entries.length}{' '}
          {entries.length === 1 ? 'repository' : 'repositories'}, the lowest at <TierBadge tier={lowest} />
        </th>
      </tr>
    );
  }
  return <EntryRow entry={row.entry} index={index} page={page} onOpen={onOpen} />;
}

function EntryRow({ entry, index, page, onOpen }: Omit<RowProps, 'row'> & { entry: SummaryEntry }) {
  const {
    repo_slug: slug,
    tier,
    statuses,
    stale,
    broken,
    checked_at: checked,
    stale_reasons: reasons,
  } = entry;
  const { changed, view } = page;
  const isOpen = view.repo === slug;
  return (
    <tr aria-rowindex={index} class={`${isOpen ? 'open' : ''}${changed.has(slug) ? ' changed' : ''}`}>
      <th scope="row" class="name">
        <div class="name-line">
          <button
            type="button"
            class="open-repo"
            aria-expanded={isOpen}
            title={slug}
            onClick={() => onOpen(slug)}
            onKeyDown={moveFocus}
          >
            <bdi>{slug}</bdi>
          </button>
          {broken && <span class="broken-mark">broken</span>}
          {stale && checked !== null && (
            <span class="stale-mark" title={reasons.map(({ text }) => text).join(' ')}>
              stale
            </span>
          )}
        </div>
      </th>
      <td class="tier-column">
        <TierBadge tier={tier} />
      </td>
      {COLUMNS.map(({ id, tier: of }, at) => (
        <td
          key={id}
          class={`cell${COLUMNS[at - 1]?.tier === of ? '' : ' first'}${changed.has(`${slug} ${id}`) ? ' changed' : ''}`}
        >
          <Sign status={statuses[id]} />
        </td>
      ))}
      <td class="age">{checked === null ? 'never' : <TimeAgo time={checked} now={page.now} />}</td>
    </tr>
  );
}

/** Up and down go from repository to repository. */
function moveFocus(event: KeyboardEvent): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const from = event.currentTarget as HTMLElement;
  const all = [...(from.closest('tbody')?.querySelectorAll<HTMLElement>('.open-repo') ?? [])];
  const next = all[all.indexOf(from) + (event.key === 'ArrowDown' ? 1 : -1)];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
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
