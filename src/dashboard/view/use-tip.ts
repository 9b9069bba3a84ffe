/** Which cell the pointer or the focus rests on. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Place } from '../state/rows.js';

/** So long must it rest, in milliseconds: who passes over cells is not interrupted. */
const REST_MS = 300;

/** What is beside the cells of a table needs no events of its own: one that enters the tip stays in the frame. */
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
        // A click focuses as well; it opens the repository, or the pointer is there already.
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
      // It dismisses the tip first, and only then closes the open repository; one that nobody sees is no step.
      if (isSeen(document.querySelector('.tip'))) event.stopPropagation();
      clearTimeout(timer.current);
      setPlace(undefined);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [isShown]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return { place, handlers };
}

/** Whether it says something, and a part of it is on the screen: its row may be filtered away or scrolled out. */
function isSeen(tip: Element | null): boolean {
  if (tip === null || tip.childElementCount === 0) return false;
  const { top, bottom } = tip.getBoundingClientRect();
  return bottom > 0 && top < window.innerHeight;
}

const isSame = (one: Place | undefined, other: Place | undefined) =>
  one?.slug === other?.slug && one?.column === other?.column;

/** The place of a cell or of what is in it. A name without a mark tells nothing more than it shows. */
function placeOf(element: Element): Place | undefined {
  const row = element.closest<HTMLElement>('tr[data-slug]');
  const cell =
    element.closest('th, td')?.querySelector<HTMLElement>(':scope [data-column]') ??
    element.closest<HTMLElement>('[data-column]');
  const slug = row?.dataset['slug'];
  if (slug === undefined || cell == null) return undefined;
  const column = Number(cell.dataset['column']);
  if (column === 0 && !saysMore(cell)) return undefined;
  return { slug, column };
}

const saysMore = (name: HTMLElement) =>
  name.scrollWidth > name.clientWidth || name.nextElementSibling !== null;
