/** Moves the focus through the matrix by keys. Tab reaches one cell; a target row that is not drawn yet is scrolled to first. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { afterKey, type Place, type Row } from '../state/rows.js';

interface Table {
  readonly body: { readonly current: HTMLElement | null };
  readonly rows: readonly Row[];
  readonly drawn: readonly Row[];
  readonly onOpen: (slug: string) => void;
  /** The height of a row in pixels. */
  readonly row: number;
  /** The `aria-rowindex` of a row. */
  readonly indexOf: (row: number) => number;
}

export function useKeys({ body, rows, drawn, onOpen, row, indexOf }: Table) {
  const [place, setPlace] = useState<Place>();
  /** Where the focus goes as soon as that row is drawn. */
  const target = useRef<Place>();
  useLayoutEffect(() => {
    if (target.current === undefined || body.current === null) return;
    const { slug, column } = target.current;
    const at = rows.findIndex((one) => one.kind === 'entry' && one.entry.repo_slug === slug);
    const cell = body.current.querySelector<HTMLElement>(
      `tr[aria-rowindex="${indexOf(at)}"] [data-column="${column}"]`,
    );
    if (cell !== null || at < 0) target.current = undefined;
    if (cell !== null) cell.focus();
    else if (at >= 0) {
      const top = body.current.getBoundingClientRect().top + at * row;
      scrollBy(0, top - window.innerHeight / 2);
    }
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const from = placeOf(event.target);
    if (from === undefined || event.altKey || event.shiftKey || event.metaKey) return;
    // A button handles Enter by itself.
    if (event.key === 'Enter' && from.column > 0) return onOpen(from.slug);
    const next = afterKey({ key: event.key, isControl: event.ctrlKey }, from, rows);
    if (next === undefined) return;
    event.preventDefault();
    target.current = next;
    setPlace({ ...next });
  };
  const onFocusIn = ({ target }: FocusEvent) => setPlace(placeOf(target));
  return { stop: stopOf(place, drawn), onKeyDown, onFocusIn };
}

/** The cell that Tab reaches: the last one that had the focus, or the first repository if that row is not drawn. */
function stopOf(place: Place | undefined, drawn: readonly Row[]): Place | undefined {
  const slugs = drawn.flatMap((row) => (row.kind === 'entry' ? [row.entry.repo_slug] : []));
  if (place !== undefined && slugs.includes(place.slug)) return place;
  return slugs[0] === undefined ? undefined : { slug: slugs[0], column: 0 };
}

function placeOf(target: EventTarget | null): Place | undefined {
  if (!(target instanceof HTMLElement)) return undefined;
  const [slug, column] = [target.closest<HTMLElement>('tr')?.dataset['slug'], target.dataset['column']];
  return slug === undefined || column === undefined ? undefined : { slug, column: Number(column) };
}
