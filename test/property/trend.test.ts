/** The trend, told backwards, says of each day what a witness of that day would have said. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Move, type Standing, trendOf } from '../../src/reader/trend.js';

const DATES = Array.from({ length: 9 }, (_, n) => `2026-02-2${n}`)
  .slice(0, 9)
  .concat('2026-03-01');
const STANDINGS = ['never_evaluated', 'none', 'core', 'standard', 'full'] as const;

/** A repository's life: when it was registered, and where it stood from which day on. */
const life = fc.record({
  registered: fc.nat(DATES.length - 1),
  steps: fc.array(fc.record({ day: fc.nat(DATES.length - 1), to: fc.constantFrom(...STANDINGS.slice(1)) })),
});

it('for any lives of any repositories, and for any part of the days', () => {
  fc.assert(
    fc.property(fc.array(life), fc.nat(DATES.length - 1), fc.nat(DATES.length - 1), (lives, one, other) => {
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      const seen = DATES.map(() => new Map<Standing, number>());
      const moves: Move[] = [];
      const today: Partial<Record<Standing, number>> = {};
      for (const { registered, steps } of lives) {
        let standing: Standing = 'never_evaluated';
        const inOrder = steps.filter(({ day }) => day >= registered).sort((a, b) => a.day - b.day);
        moves.push({ date: DATES[registered] ?? '', was: null, now: standing, count: 1 });
        for (const [index, date] of DATES.entries()) {
          if (index < registered) continue;
          for (const step of inOrder.filter(({ day }) => day === index)) {
            if (step.to !== standing) moves.push({ date, was: standing, now: step.to, count: 1 });
            standing = step.to;
          }
          seen[index]?.set(standing, (seen[index]?.get(standing) ?? 0) + 1);
        }
        today[standing] = (today[standing] ?? 0) + 1;
      }
      const [first, last, now] = [DATES[from] ?? '', DATES[to] ?? '', DATES.at(-1) ?? ''];
      const told = trendOf({ today, moves }, { first, last, now });
      expect(told).toEqual(
        DATES.slice(from, to + 1).map((date, index) => ({
          date,
          ...Object.fromEntries(STANDINGS.map((it) => [it, seen[from + index]?.get(it) ?? 0])),
        })),
      );
    }),
  );
});
