/** The trend as a chart: how many repositories are at each tier, day by day. The pointer or the arrow keys choose a day. */
import * as Plot from '@observablehq/plot';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { TrendAnswer } from '../../api/history.js';
import { sayTier } from './tier-badge.js';

// From the bottom: what is best stands on the axis, so that its height can be read.
const ORDER = ['full', 'standard', 'core', 'none'] as const;

/** The plot's margins in pixels; the style sheet marks a day by them. */
const MARGINS = { marginLeft: 32, marginRight: 8, marginBottom: 34, marginTop: 8 } as const;

export function TrendChart({ trend: { days } }: { trend: TrendAnswer }) {
  const place = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState<number>();
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const draw = () => element.replaceChildren(chart(days, element.clientWidth));
    draw();
    const resized = new ResizeObserver(draw);
    resized.observe(element);
    return () => resized.disconnect();
  }, [days]);
  const last = days.length - 1;
  const at = Math.min(chosen ?? last, last);
  const day = days[at];
  if (day === undefined) return <p class="quiet">Nothing is known of these days.</p>;
  const point = ({ currentTarget, clientX }: PointerEvent) => {
    const { left, width } = (currentTarget as HTMLElement).getBoundingClientRect();
    const inner = width - MARGINS.marginLeft - MARGINS.marginRight;
    const to = Math.floor(((clientX - left - MARGINS.marginLeft) / inner) * days.length);
    setChosen(Math.max(0, Math.min(to, last)));
  };
  return (
    <figure class="trend">
      <div
        class="days"
        role="slider"
        tabIndex={0}
        aria-label="Repositories at each tier, day by day"
        aria-orientation="horizontal"
        aria-valuemin={1}
        aria-valuemax={days.length}
        aria-valuenow={at + 1}
        aria-valuetext={tell(day)}
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={() => setChosen(undefined)}
        onBlur={() => setChosen(undefined)}
        onKeyDown={(event) => {
          const to = afterKey(event.key, at, last);
          if (to === undefined) return;
          event.preventDefault();
          setChosen(to);
        }}
      >
        <div ref={place} aria-hidden="true" />
        {chosen !== undefined && <i class="day" style={{ '--at': at, '--days': days.length }} />}
      </div>
      <figcaption>
        <ul class="keys" aria-label={sayDate(day)}>
          <li class="date">{sayDate(day)}</li>
          {ORDER.map((tier) => (
            <li key={tier} class={tier}>
              {countOf(day, tier)} {sayTier(tier)}
            </li>
          ))}
        </ul>
      </figcaption>
    </figure>
  );
}

type Day = TrendAnswer['days'][number];

function afterKey(key: string, at: number, last: number): number | undefined {
  if (key === 'Home') return 0;
  if (key === 'End') return last;
  const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };
  const step = steps[key];
  return step === undefined ? undefined : Math.max(0, Math.min(at + step, last));
}

/** Who was never judged has no tier. */
const countOf = (day: Day, tier: (typeof ORDER)[number]) =>
  tier === 'none' ? day.none + day.never_evaluated : day[tier];

/** Days are those of UTC. */
const sayDate = ({ date }: Day) =>
  new Date(`${date}T00:00:00Z`).toLocaleDateString('en', { month: 'short', day: 'numeric', timeZone: 'UTC' });

const tell = (day: Day) =>
  `${sayDate(day)}: ${ORDER.map((tier) => `${countOf(day, tier)} ${sayTier(tier)}`).join(', ')}`;

function chart(days: readonly Day[], width: number): Element {
  const points = days.flatMap((day) =>
    ORDER.map((tier) => ({
      date: new Date(`${day.date}T00:00:00Z`),
      tier,
      count: countOf(day, tier),
    })),
  );
  // Of a few days, else, it would mark the hours.
  const ticks = days.length > 7 ? 5 : days.map(({ date }) => new Date(`${date}T00:00:00Z`));
  const drawn = Plot.plot({
    width: Math.max(220, width),
    height: 162,
    ...MARGINS,
    x: { type: 'utc', label: null, ticks },
    y: { label: null, ticks: 4, tickFormat: 'd', grid: true },
    marks: [
      Plot.rectY(points, {
        x: 'date',
        y: 'count',
        fill: (point) => `var(--tier-${point.tier})`,
        order: [...ORDER],
        z: 'tier',
        interval: 'day',
        insetLeft: 0.5,
        insetRight: 0.5,
      }),
      Plot.ruleY([0]),
    ],
  });
  // The page's policy forbids a style sheet inside the page; our own has these rules.
  for (const style of drawn.querySelectorAll('style')) style.remove();
  // The slider around it says in words what it shows; labels inside of it would be said as well.
  for (const part of drawn.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label');
  return drawn;
}
