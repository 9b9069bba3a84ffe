/** A row of the matrix: the heading of a domain, or a repository with its verdicts. */
import type { SummaryEntry } from '../../api/summary.js';
import { COLUMNS } from '../state/criteria.js';
import { FIRST_VERDICT, JUDGED_COLUMN, TIER_COLUMN } from '../state/place.js';
import { sayRelative } from '../state/show-time.js';
import type { Page } from '../state/store.js';
import type { Row } from '../state/window.js';
import { Marks } from './marks.js';
import { Sign } from './sign.js';
import { TierBadge } from './tier-badge.js';

interface Props {
  readonly row: Row;
  /** Its place in the whole table, from 1. */
  readonly index: number;
  readonly page: Page;
  /** The column that the Tab key reaches, where it is in this row. */
  readonly stop: number | undefined;
  readonly onOpen: (slug: string) => void;
}

export function MatrixRow({ row, ...rest }: Props) {
  if (row.kind === 'entry') return <EntryRow entry={row.entry} {...rest} />;
  const { domain, lowest, entries } = row.group;
  return (
    <tr class="group" aria-rowindex={rest.index}>
      <th scope="rowgroup" colSpan={COLUMNS.length + 3}>
        <span class="group-name">{domain ?? 'no domain'}</span> {entries.length}{' '}
        {entries.length === 1 ? 'repository' : 'repositories'}, lowest tier <TierBadge tier={lowest} />
      </th>
    </tr>
  );
}

function EntryRow({ entry, index, page, stop, onOpen }: Omit<Props, 'row'> & { entry: SummaryEntry }) {
  const { repo_slug: slug, tier, statuses, checked_at: checked } = entry;
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
      <td {...focusable(JUDGED_COLUMN)} class="age">
        {checked === null ? 'never' : <time dateTime={checked}>{sayRelative(checked, page.now)}</time>}
      </td>
    </tr>
  );
}
