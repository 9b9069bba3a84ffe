import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { showDuration, showProgress } from '../../../src/cli/show-progress.js';

describe('a duration', () => {
  it('is shown in at most two units', () => {
    expect([0, 0.2, 8.4, 59.6, 90, 3599, 3661, 90_000].map(showDuration)).toEqual([
      ...['1 s', '1 s', '8 s', '1 min', '2 min', '1 h 0 min', '1 h 1 min', '25 h 0 min'],
    ]);
  });
});

describe('the progress bar of a sweep', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const NONE = { probed: 0, fresh: 0, asked: 0, reasons: {}, failed: 0, gone: 0, held: 0, away: {} };

  /** The lines that were drawn, without what moves the cursor. */
  function draw(columns: number, isTTY = true) {
    let text = '';
    const write = (more: string) => {
      text += more;
    };
    const output = { isTTY, columns, write };
    const bar = showProgress(output);
    return {
      bar,
      lines: () => text.split(/\u001b(?:\[[?\d;]*[A-Za-z]|[78])/).filter((line) => /\S/.test(line)),
      text: () => text,
    };
  }

  const JUDGING = { ...NONE, probed: 10_000, fresh: 9000, asked: 1000, away: { off: 100 } };

  it.each([40, 60, 80, 200])(
    'fits a terminal of %i columns and shows phase, count, rate and time left',
    (columns) => {
      const { bar, lines } = draw(columns);
      bar.update({ total: 10_000, done: 0, counts: NONE });
      bar.update({ total: 10_000, done: 400, counts: { ...NONE, probed: 500, fresh: 400, asked: 100 } });
      bar.update({ total: 10_000, done: 9000, counts: JUDGING });
      vi.advanceTimersByTime(2000);
      bar.update({ total: 10_000, done: 9300, counts: JUDGING });
      bar.end();
      const shown = lines();
      expect(shown[0]).toMatch(/^Probing ░+ 0\/10000$/);
      expect(shown.at(-1)).toMatch(/^Judging █+░+ 300\/900 · 150\/s · 4 s left$/);
      if (columns >= 60) for (const line of shown) expect(line.length).toBeLessThan(columns);
    },
  );

  it('shows neither rate nor time left in the first second of a phase, or before anything was done', () => {
    const { bar, lines } = draw(80);
    bar.update({ total: 10_000, done: 9000, counts: JUDGING });
    vi.advanceTimersByTime(900);
    bar.update({ total: 10_000, done: 9500, counts: JUDGING });
    expect(lines().at(-1)).toMatch(/ 500\/900$/);
    bar.end();
    const idle = draw(80);
    idle.bar.update({ total: 10_000, done: 9000, counts: JUDGING });
    vi.advanceTimersByTime(60_000);
    idle.bar.update({ total: 10_000, done: 9000, counts: JUDGING });
    idle.bar.end();
    expect(idle.lines().at(-1)).toMatch(/ 0\/900$/);
  });

  it('estimates the time left by the last ten seconds, so that a burst before them does not count', () => {
    const { bar, lines } = draw(80);
    bar.update({ total: 10_000, done: 9000, counts: JUDGING });
    for (let fifths = 1; fifths <= 150; fifths += 1) {
      vi.advanceTimersByTime(200);
      bar.update({ total: 10_000, done: 9500 + fifths / 5, counts: JUDGING });
    }
    bar.end();
    // 370 of 900 are left, at one a second.
    expect(lines().at(-1)).toMatch(/ 530\/900 · 17\.7\/s · 6 min left$/);
  });

  it('leaves nothing on the terminal when it ends, and may be ended twice', () => {
    const { bar, text } = draw(80);
    bar.update({ total: 3, done: 0, counts: NONE });
    bar.end();
    bar.end();
    expect(text()).toMatch(/\u001b\[\?25h.*\u001b\[2K$/s);
  });

  it('writes nothing when the output is no terminal', () => {
    const { bar, text } = draw(80, false);
    bar.update({ total: 3, done: 0, counts: NONE });
    bar.end();
    expect(text()).toBe('');
  });
});
