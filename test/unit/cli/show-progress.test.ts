import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PaceMeter, showDuration, showProgress } from '../../../src/cli/show-progress.js';

describe('the pace', () => {
  it('is not told before a second has passed and something was done', () => {
    const meter = new PaceMeter();
    expect(meter.measure(0, 0, 100)).toEqual({ rate: undefined, left: undefined });
    expect(meter.measure(900, 50, 100)).toEqual({ rate: undefined, left: undefined });
    const idle = new PaceMeter();
    idle.measure(0, 5, 100);
    expect(idle.measure(60_000, 5, 100).left).toBeUndefined();
  });

  it('is that of the last ten seconds, so that a burst before them does not count', () => {
    const meter = new PaceMeter();
    meter.measure(0, 0, 2000);
    meter.measure(1000, 1000, 2000);
    for (let second = 2; second <= 30; second += 1) meter.measure(second * 1000, 1000 + second, 2000);
    expect(meter.measure(31_000, 1031, 2000)).toEqual({ rate: 1, left: 969 });
  });

  it('of a steady work is that of the work, however often it is measured, and the rest takes its time', () => {
    const pauses = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 5, maxLength: 60 });
    fc.assert(
      fc.property(pauses, fc.integer({ min: 1, max: 500 }), (steps, perSecond) => {
        const meter = new PaceMeter();
        let at = 0;
        meter.measure(0, 0, 1e6);
        for (const step of steps) {
          at += step;
          const { rate, left } = meter.measure(at, (at * perSecond) / 1000, 1e6);
          if (at < 1000) expect(rate).toBeUndefined();
          else {
            expect(rate).toBeCloseTo(perSecond, 6);
            expect(left).toBeCloseTo((1e6 - (at * perSecond) / 1000) / perSecond, 3);
          }
        }
      }),
    );
  });

  it('is read at a glance', () => {
    expect([0, 0.2, 8.4, 59.6, 90, 3599, 3661, 90_000].map(showDuration)).toEqual([
      ...['1 s', '1 s', '8 s', '1 min', '2 min', '1 h 0 min', '1 h 1 min', '25 h 0 min'],
    ]);
  });
});

describe('the progress bar of a sweep', () => {
  const NONE = { probed: 0, fresh: 0, asked: 0, reasons: {}, failed: 0, gone: 0, held: 0, away: {} };

  /** The lines that were drawn, without what moves the cursor. */
  function draw(columns: number, isTTY = true) {
    let text = '';
    let now = 0;
    const write = (more: string) => {
      text += more;
    };
    const output = { isTTY, columns, write };
    const bar = showProgress(output, () => now);
    return {
      bar,
      at: (ms: number) => {
        now = ms;
      },
      lines: () => text.split(/\u001b(?:\[[?\d;]*[A-Za-z]|[78])/).filter((line) => /\S/.test(line)),
      text: () => text,
    };
  }

  it.each([40, 60, 80, 200])('fits a terminal of %i columns and has all that it is to say', (columns) => {
    const { bar, at, lines } = draw(columns);
    bar.update({ total: 10_000, done: 0, counts: NONE });
    bar.update({ total: 10_000, done: 400, counts: { ...NONE, probed: 500, fresh: 400, asked: 100 } });
    const judging = { ...NONE, probed: 10_000, fresh: 9000, asked: 1000, away: { off: 100 } };
    bar.update({ total: 10_000, done: 9000, counts: judging });
    at(2000);
    bar.update({ total: 10_000, done: 9300, counts: judging });
    bar.end();
    const shown = lines();
    expect(shown[0]).toMatch(/^Looking ░+ 0\/10000$/);
    expect(shown.at(-1)).toMatch(/^Judging █+░+ 300\/900 · 150\/s · 4 s left$/);
    if (columns >= 60) for (const line of shown) expect(line.length).toBeLessThan(columns);
  });

  it('leaves nothing on the terminal when it ends, and may be ended again', () => {
    const { bar, text } = draw(80);
    bar.update({ total: 3, done: 0, counts: NONE });
    bar.end();
    bar.end();
    expect(text()).toMatch(/\u001b\[\?25h.*\u001b\[2K$/s);
  });

  it('says nothing where there is no terminal', () => {
    const { bar, text } = draw(80, false);
    bar.update({ total: 3, done: 0, counts: NONE });
    bar.end();
    expect(text()).toBe('');
  });
});
