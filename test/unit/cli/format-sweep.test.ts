import { describe, expect, it } from 'vitest';
import type { SweepAnswer } from '../../../src/api/sweeps.js';
import { formatSweep } from '../../../src/cli/sweep.js';

const NONE = { probed: 3, fresh: 3, asked: 0, reasons: {}, failed: 0, gone: 0, held: 0, away: {} };

function show(counts: Partial<SweepAnswer['counts']> = {}, done = 3, total = 3): string {
  const times = { started_at: '', alive_at: '', finished_at: null };
  const sweep = { id: '', trigger: '', host: '', state: 'finished', ...times } as const;
  return formatSweep({ ...sweep, total, done, counts: { ...NONE, ...counts } });
}

describe('the report of a sweep', () => {
  it('is one line when everything was fresh', () => {
    expect(show()).toBe('Probed 3: 3 fresh, 0 requested, 0 of them broken.\n');
  });

  it('says how many are not done, for which host they wait, and the reasons, the most frequent first', () => {
    const reasons = { 'SCOPE.md changed': 1, 'never evaluated': 6 };
    const counts = { probed: 9, fresh: 2, asked: 7, failed: 1, gone: 1, held: 1, away: { off: 2 }, reasons };
    expect(show(counts, 4, 12).split('\n')).toEqual([
      'Probed 9 of 12: 2 fresh, 7 requested, 1 of them broken.',
      '  "doi summary --broken" lists what is broken',
      '  1 archived or unregistered since',
      '  1 deferred by a problem of their host, which "doi summary" shows',
      '  2 still to be judged',
      '  2 wait for off, where no worker is alive',
      '  6 × never evaluated',
      '  1 × SCOPE.md changed',
      '',
    ]);
  });

  it('shows ten reasons and says how many more there are', () => {
    const reasons = Object.fromEntries(Array.from({ length: 13 }, (_, index) => [`reason ${index}`, 1]));
    expect(show({ reasons })).toMatch(/\n {2}1 × reason 9\n {2}and 3 other reasons\n$/);
  });

  it('shows no escape sequence of a host name or a reason', () => {
    const shown = show({ away: { 'a\u001b[31m': 1 }, reasons: { 'b\u001b]0;x\u0007\nc': 1 } });
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
    expect(shown.split('\n')).toHaveLength(4);
  });
});
