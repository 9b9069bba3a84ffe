/** The trend as a chart: so many repositories at each tier, day by day. */
import * as Plot from '@observablehq/plot';
import { useEffect, useRef } from 'preact/hooks';
import type { TrendAnswer } from '../../domain/trend-answer.js';
import { sayTier } from './tier-badge.js';

// From the bottom: what is best stands on the axis, so that its height can be read.
const ORDER = ['full', 'standard', 'core', 'none'] as const;

export function TrendChart({ trend }: { trend: TrendAnswer }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const draw = () => element.replaceChildren(chart(trend, element.clientWidth));
    draw();
    const resized = new ResizeObserver(draw);
    resized.observe(element);
    return () => resized.disconnect();
  }, [trend]);
  const [first, last] = [trend.days[0], trend.days.at(-1)];
  return (
    <figure class="trend">
      <div ref={place} role="img" aria-label={tell(first, last)} />
      <figcaption>
        <ul class="keys">
          {ORDER.map((tier) => (
            <li key={tier} class={tier}>
              {sayTier(tier)}
            </li>
          ))}
        </ul>
      </figcaption>
    </figure>
  );
}

type Day = TrendAnswer['days'][number];

/** What the chart says, in words. */
function tell(first: Day | undefined, last: Day | undefined): string {
  if (first === undefined || last === undefined) return 'Nothing is known of these days.';
  const say = (day: Day) => ORDER.map((tier) => `${day[tier]} ${sayTier(tier)}`).join(', ');
  return `Repositories at each tier. On ${first.date}: ${say(first)}. Today: ${say(last)}.`;
}

function chart(trend: TrendAnswer, width: number): Element {
  const points = trend.days.flatMap((day) =>
    ORDER.map((tier) => ({
      date: new Date(`${day.date}T00:00:00Z`),
      tier,
      // Who was never judged has no tier.
      count: tier === 'none' ? day.none + day.never_evaluated : day[tier],
    })),
  );
  const drawn = Plot.plot({
    width: Math.max(220, width),
    height: 162,
    marginLeft: 32,
    marginRight: 8,
    marginBottom: 34,
    marginTop: 8,
    x: { type: 'utc', label: null, ticks: 5 },
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
        title: ({ date, tier, count }) => `${date.toISOString().slice(0, 10)}: ${count} ${sayTier(tier)}`,
      }),
      Plot.ruleY([0]),
    ],
  });
  // Its own style sheet would be one inside the page, which the page's policy forbids; ours has these rules.
  for (const style of drawn.querySelectorAll('style')) style.remove();
  // The figure is one picture with one label; labels inside of it are of no use to who hears it.
  for (const part of drawn.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label');
  return drawn;
}
