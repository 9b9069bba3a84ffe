/** Explains a cell of the matrix, beside it, while the pointer or the focus rests on it. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ReportAnswer } from '../../api/report.js';
import type { SummaryEntry } from '../../api/summary.js';
import { groupReasons } from '../../domain/stale-groups.js';
import type { Verdict } from '../../domain/verdict.js';
import type { ApiClient } from '../state/api-client.js';
import { COLUMNS, type Column } from '../state/criteria.js';
import { EVALUATED_COLUMN, FIRST_VERDICT, type Place, TIER_COLUMN } from '../state/rows.js';
import { sayExact, sayRelative } from '../state/show-time.js';
import { sayTier } from './signs.js';
import { WithCode } from './text.js';

interface Props {
  readonly place: Place | undefined;
  /** The repository of the place. */
  readonly entry: SummaryEntry | undefined;
  readonly api: ApiClient;
  readonly now: number;
}

/** A live region, since it appears after a screen reader has read the cell. */
export function CellTip({ place, entry, api, now }: Props) {
  const tip = useRef<HTMLDivElement>(null);
  const verdict = useVerdict({ place, entry, api, now });
  useLayoutEffect(() => {
    if (tip.current !== null && place !== undefined) moveBeside(tip.current, place);
  });
  return (
    <div class="tip" role="status" ref={tip}>
      {place !== undefined && entry !== undefined && (
        <Explanation entry={entry} column={place.column} verdict={verdict} now={now} />
      )}
    </div>
  );
}

interface ExplanationProps {
  readonly entry: SummaryEntry;
  readonly column: number;
  readonly verdict: Verdict | undefined;
  readonly now: number;
}

function Explanation({ entry, column, verdict, now }: ExplanationProps) {
  const { repo_slug: slug, domain_slug: domain, tier, failing, stale_reasons: reasons } = entry;
  const criterion = COLUMNS[column - FIRST_VERDICT];
  if (criterion !== undefined) return <VerdictText {...{ entry, criterion, verdict, now }} />;
  if (column === EVALUATED_COLUMN) return <Evaluated entry={entry} now={now} />;
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
      {entry.broken && <p>Broken: its last evaluation failed, or its remote was not reached.</p>}
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

function VerdictText({
  entry,
  criterion: { id, label, tier },
  verdict,
  now,
}: Omit<ExplanationProps, 'column'> & { criterion: Column }) {
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
      <Evaluated entry={entry} now={now} />
    </>
  );
}

function Evaluated({ entry: { checked_at: at, stale }, now }: { entry: SummaryEntry; now: number }) {
  if (at === null) return <p class="quiet">Never evaluated</p>;
  return (
    <p class="quiet">
      Evaluated {sayRelative(at, now)}, {sayExact(at)}
      {stale && '; stale: something has changed since, or may have'}
    </p>
  );
}

/**
 * The verdict with its reason, which the summary does not have; undefined until the report has been read. One report
 * serves all cells of a row; a new one is read once the summary has a later evaluation.
 */
function useVerdict({ place, entry, api, now }: Props): Verdict | undefined {
  const [found, setFound] = useState<ReportAnswer>();
  const id = place === undefined ? undefined : COLUMNS[place.column - FIRST_VERDICT]?.id;
  const slug = id === undefined ? undefined : entry?.repo_slug;
  const evaluated = entry?.checked_at ?? null;
  useEffect(() => {
    if (slug === undefined || evaluated === null) return;
    const isKnown = found?.repo_slug === slug && Date.parse(found.checked_at ?? '') >= Date.parse(evaluated);
    if (isKnown) return;
    let isWanted = true;
    void api.get<ReportAnswer>(`./repos/${encodeURIComponent(slug)}/doi`).then((result) => {
      if (isWanted && result.kind === 'answered') setFound(result.answer);
    });
    return () => {
      isWanted = false;
    };
    // For a moment a report may be older than the summary: `now` has it read again as time passes.
  }, [slug, evaluated, api, now]);
  return found?.repo_slug === slug ? found?.criteria.find((one) => one.id === id) : undefined;
}

/** By how many pixels the tip overlaps its cell. */
const OVERLAP = 3;

/** The tip touches a corner of its cell: the pointer can enter it, and the cells below and beside stay free. */
function moveBeside(tip: HTMLElement, { slug, column }: Place): void {
  const frame = tip.parentElement;
  const row = [...(frame?.querySelectorAll<HTMLElement>('tr[data-slug]') ?? [])].find(
    ({ dataset }) => dataset['slug'] === slug,
  );
  const cell = row?.querySelector(`[data-column="${column}"]`)?.getBoundingClientRect();
  if (frame === null || cell === undefined) return;
  const { left, top, width } = frame.getBoundingClientRect();
  const fitsRight = cell.right + tip.offsetWidth < left + width;
  const fitsBelow = cell.bottom + tip.offsetHeight < window.innerHeight;
  const x = fitsRight ? cell.right - OVERLAP : cell.left + OVERLAP - tip.offsetWidth;
  const y = fitsBelow ? cell.bottom - OVERLAP : cell.top + OVERLAP - tip.offsetHeight;
  tip.style.left = `${Math.max(0, x - left)}px`;
  tip.style.top = `${y - top}px`;
}

/** How long the pointer or the focus must rest on a cell, in milliseconds, so that passing over cells shows no tips. */
const REST_MS = 300;

/** The cell to explain, and the event handlers for the frame of the matrix. A pointer that enters the tip is still in the frame. */
export function useTip() {
  const [place, setPlace] = useState<Place>();
  const timer = useRef(0);
  const handlers = useMemo(() => {
    const show = (next: Place | undefined) => {
      clearTimeout(timer.current);
      setPlace((before) => (isSame(before, next) ? before : undefined));
      if (next !== undefined) {
        timer.current = window.setTimeout(
          () => setPlace((before) => (isSame(before, next) ? before : next)),
          REST_MS,
        );
      }
    };
    return {
      onMouseOver: ({ target }: MouseEvent) => {
        if (target instanceof Element && target.closest('.tip') === null) show(placeOf(target));
      },
      onMouseLeave: () => show(undefined),
      onFocusIn: ({ target }: FocusEvent) => {
        // A click focuses too, but there the pointer shows the tip, or the panel opens.
        if (target instanceof Element && target.matches(':focus-visible')) show(placeOf(target));
      },
      onFocusOut: () => show(undefined),
    };
  }, []);
  const isShown = place !== undefined;
  useEffect(() => {
    if (!isShown) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      // The first Escape dismisses a visible tip, and only the next one closes the panel.
      if (isVisible(document.querySelector('.tip'))) event.stopPropagation();
      clearTimeout(timer.current);
      setPlace(undefined);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [isShown]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return { place, handlers };
}

/** Whether the tip has text and is partly on the screen: a filter may have removed its row, or it was scrolled out. */
function isVisible(tip: Element | null): boolean {
  if (tip === null || tip.childElementCount === 0) return false;
  const { top, bottom } = tip.getBoundingClientRect();
  return bottom > 0 && top < window.innerHeight;
}

const isSame = (one: Place | undefined, other: Place | undefined) =>
  one?.slug === other?.slug && one?.column === other?.column;

/** The cell that an element is or is in. A name that is neither cut nor marked needs no tip. */
function placeOf(element: Element): Place | undefined {
  const row = element.closest<HTMLElement>('tr[data-slug]');
  const cell =
    element.closest('th, td')?.querySelector<HTMLElement>(':scope [data-column]') ??
    element.closest<HTMLElement>('[data-column]');
  const slug = row?.dataset['slug'];
  if (slug === undefined || cell == null) return undefined;
  const column = Number(cell.dataset['column']);
  if (column === 0 && !needsTip(cell)) return undefined;
  return { slug, column };
}

const needsTip = (name: HTMLElement) =>
  name.scrollWidth > name.clientWidth || name.nextElementSibling !== null;
