/** The chart of the trend: how many repositories were at each tier on each day. The pointer or the arrow keys choose a day. */
import { ticks } from 'd3-array';
import { useState } from 'preact/hooks';
import type { TrendAnswer } from '../../api/history.js';
import { sayTier } from './signs.js';

type Day = TrendAnswer['days'][number];

// From the bottom: the best tier stands on the axis, so that its height can be read.
const ORDER = ['full', 'standard', 'core', 'none'] as const;

export function TrendChart({ trend: { days } }: { trend: TrendAnswer }) {
  const [chosen, setChosen] = useState<number>();
  const last = days.length - 1;
  const at = Math.min(chosen ?? last, last);
  const day = days[at];
  if (day === undefined) return <p class="quiet">There is no data for these days.</p>;
  const choose = ({ currentTarget, clientX }: PointerEvent) => {
    const { left, width } = (currentTarget as HTMLElement).getBoundingClientRect();
    const under = Math.floor(((clientX - left) / width) * days.length);
    setChosen(Math.max(0, Math.min(under, last)));
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
        aria-valuetext={sayDay(day)}
        onPointerMove={choose}
        onPointerDown={choose}
        onPointerLeave={() => setChosen(undefined)}
        onBlur={() => setChosen(undefined)}
        onKeyDown={(event) => {
          const next = afterKey(event.key, at, last);
          if (next === undefined) return;
          event.preventDefault();
          setChosen(next);
        }}
      >
        <Plot days={days} chosen={chosen} />
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

/** How much of a day's width its bar takes; the rest is the gap to the next one. */
const BAR = 0.93;
const percent = (part: number) => `${100 * part}%`;

/**
 * The bars with their axes. Lengths are percentages, so that the browser fits them to the width of the page. Hidden from
 * screen readers, since the slider around it says the same in words.
 */
function Plot({ days, chosen }: { days: readonly Day[]; chosen: number | undefined }) {
  const most = Math.max(1, ...days.map((day) => sumOf(day, ORDER)));
  const left = (at: number) => percent((at + (1 - BAR) / 2) / days.length);
  const width = percent(BAR / days.length);
  // Labels of more than a week are a week apart, and today has one.
  const step = days.length > 7 ? 7 : 1;
  return (
    <svg aria-hidden="true">
      {ticks(0, most, 4)
        .filter(Number.isInteger)
        .map((count) => (
          <g key={count} class={count === 0 ? 'axis' : 'grid'}>
            <line x1="-4" x2="100%" y1={percent(1 - count / most)} y2={percent(1 - count / most)} />
            <text x="-8" y={percent(1 - count / most)} text-anchor="end" dominant-baseline="middle">
              {count}
            </text>
          </g>
        ))}
      {days.map((day, at) =>
        ORDER.map((tier, level) => (
          <rect
            key={`${day.date} ${tier}`}
            class={tier}
            x={left(at)}
            width={width}
            y={percent(1 - sumOf(day, ORDER.slice(0, level + 1)) / most)}
            height={percent(countOf(day, tier) / most)}
          />
        )),
      )}
      {chosen !== undefined && <rect class="chosen" x={left(chosen)} width={width} height="100%" />}
      {days.map((day, at) =>
        (days.length - 1 - at) % step > 0 ? null : (
          <text key={day.date} x={percent((at + 0.5) / days.length)} y="100%" dy="18" text-anchor="middle">
            {sayDate(day)}
          </text>
        ),
      )}
    </svg>
  );
}

function afterKey(key: string, at: number, last: number): number | undefined {
  if (key === 'Home') return 0;
  if (key === 'End') return last;
  const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };
  const step = steps[key];
  return step === undefined ? undefined : Math.max(0, Math.min(at + step, last));
}

/** A repository that was never evaluated has no tier. */
const countOf = (day: Day, tier: (typeof ORDER)[number]) =>
  tier === 'none' ? day.none + day.never_evaluated : day[tier];
const sumOf = (day: Day, tiers: readonly (typeof ORDER)[number][]) =>
  tiers.reduce((sum, tier) => sum + countOf(day, tier), 0);

/** Days are those of UTC. */
const sayDate = ({ date }: Day) =>
  new Date(`${date}T00:00:00Z`).toLocaleDateString('en', { month: 'short', day: 'numeric', timeZone: 'UTC' });

const sayDay = (day: Day) =>
  `${sayDate(day)}: ${ORDER.map((tier) => `${countOf(day, tier)} ${sayTier(tier)}`).join(', ')}`;
