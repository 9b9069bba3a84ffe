/** What a cell of the matrix means, shown beside it while the pointer or the focus rests on it. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ReportAnswer } from '../../api/report.js';
import type { SummaryEntry } from '../../api/summary.js';
import { groupReasons } from '../../domain/stale-groups.js';
import type { Verdict } from '../../domain/verdict.js';
import type { Asker } from '../state/ask.js';
import { COLUMNS, type Column } from '../state/criteria.js';
import { FIRST_VERDICT, JUDGED_COLUMN, type Place, TIER_COLUMN } from '../state/place.js';
import { sayExact, sayRelative } from '../state/show-time.js';
import { sayTier } from './tier-badge.js';
import { WithCode } from './with-code.js';

interface Props {
  readonly place: Place | undefined;
  /** The repository of the place. */
  readonly entry: SummaryEntry | undefined;
  readonly asker: Asker;
  readonly now: number;
}

/** It is a live region, since it appears after a screen reader has read the cell. */
export function CellTip({ place, entry, asker, now }: Props) {
  const tip = useRef<HTMLDivElement>(null);
  const verdict = useVerdict({ place, entry, asker, now });
  useLayoutEffect(() => {
    if (tip.current !== null && place !== undefined) putBeside(tip.current, place);
  });
  return (
    <div class="tip" role="status" ref={tip}>
      {place !== undefined && entry !== undefined && (
        <Said entry={entry} column={place.column} verdict={verdict} now={now} />
      )}
    </div>
  );
}

interface SaidProps {
  readonly entry: SummaryEntry;
  readonly column: number;
  readonly verdict: Verdict | undefined;
  readonly now: number;
}

function Said({ entry, column, verdict, now }: SaidProps) {
  const { repo_slug: slug, domain_slug: domain, tier, failing, stale_reasons: reasons } = entry;
  const criterion = COLUMNS[column - FIRST_VERDICT];
  if (criterion !== undefined) return <OfCriterion {...{ entry, criterion, verdict, now }} />;
  if (column === JUDGED_COLUMN) return <Judged entry={entry} now={now} />;
  if (column === TIER_COLUMN) {
    return (
      <p>
        <bdi>{slug}</bdi> is at {sayTier(tier)}.
        {failing.length > 0 && ` Not met: ${failing.map(({ id, label }) => `${id} ${label}`).join(', ')}.`}
      </p>
    );
  }
  return (
    <>
      <p>
        <b>
          <bdi>{slug}</bdi>
        </b>{' '}
        <bdi>{domain ?? 'no domain'}</bdi>
      </p>
      {entry.broken && <p>Broken: its last evaluation failed.</p>}
      {entry.stale && entry.checked_at !== null && (
        <p>
          Stale:{' '}
          {groupReasons(reasons)
            .map(({ text }) => text)
            .join(' ')}
        </p>
      )}
    </>
  );
}

function OfCriterion({
  entry,
  criterion: { id, label, tier },
  verdict,
  now,
}: Omit<SaidProps, 'column'> & { criterion: Column }) {
  return (
    <>
      <p>
        <b>
          {id} {label}
        </b>
        : {entry.statuses[id] ?? 'not judged'}, needed for {tier}
      </p>
      {/* The report may be newer than the summary; its reason belongs to its own verdict. */}
      {verdict !== undefined && verdict.status === entry.statuses[id] && (
        <p>
          <WithCode text={verdict.detail} />
        </p>
      )}
      <Judged entry={entry} now={now} />
    </>
  );
}

function Judged({ entry: { checked_at: checked, stale }, now }: { entry: SummaryEntry; now: number }) {
  if (checked === null) return <p class="quiet">Never judged</p>;
  return (
    <p class="quiet">
      Judged {sayRelative(checked, now)}, {sayExact(checked)}
      {stale && '; stale: something has changed since, or may have'}
    </p>
  );
}

/**
 * The verdict with its reason, which the summary does not have; undefined until it is there. The report is read once for
 * all cells of a row, and again when the summary says that the repository was judged since.
 */
function useVerdict({ place, entry, asker, now }: Props): Verdict | undefined {
  const [found, setFound] = useState<ReportAnswer>();
  const id = place === undefined ? undefined : COLUMNS[place.column - FIRST_VERDICT]?.id;
  const slug = id === undefined ? undefined : entry?.repo_slug;
  const judged = entry?.checked_at ?? null;
  useEffect(() => {
    if (slug === undefined || judged === null) return;
    const isKnown = found?.repo_slug === slug && Date.parse(found.checked_at ?? '') >= Date.parse(judged);
    if (isKnown) return;
    let isWanted = true;
    void asker.get<ReportAnswer>(`./repos/${encodeURIComponent(slug)}/doi`).then((got) => {
      if (isWanted && got.kind === 'answered') setFound(got.answer);
    });
    return () => {
      isWanted = false;
    };
    // A report may be older than the summary for a moment: it is read again as time goes by.
  }, [slug, judged, asker, now]);
  return found?.repo_slug === slug ? found?.criteria.find((one) => one.id === id) : undefined;
}

/** By so many pixels the tip lies over its cell. */
const TOUCH = 3;

/** The tip touches a corner of its cell: the pointer can enter it, and the cells below and beside stay free. */
function putBeside(tip: HTMLElement, { slug, column }: Place): void {
  const frame = tip.parentElement;
  const row = [...(frame?.querySelectorAll<HTMLElement>('tr[data-slug]') ?? [])].find(
    ({ dataset }) => dataset['slug'] === slug,
  );
  const cell = row?.querySelector(`[data-column="${column}"]`)?.getBoundingClientRect();
  if (frame === null || cell === undefined) return;
  const { left, top, width } = frame.getBoundingClientRect();
  const fitsRight = cell.right + tip.offsetWidth < left + width;
  const fitsBelow = cell.bottom + tip.offsetHeight < window.innerHeight;
  const x = fitsRight ? cell.right - TOUCH : cell.left + TOUCH - tip.offsetWidth;
  const y = fitsBelow ? cell.bottom - TOUCH : cell.top + TOUCH - tip.offsetHeight;
  tip.style.left = `${Math.max(0, x - left)}px`;
  tip.style.top = `${y - top}px`;
}
