/** Tests of what the page marks as changed, and of the recoveries of hosts that it shows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findChanges, findRecoveries, type Recovery } from '../../../src/dashboard/state/compare-answers.js';
import { anyEntries, makeEntry } from './entries.js';

describe('the changes', () => {
  it('are none in a first answer, nor in the same answer again', () => {
    fc.assert(
      fc.property(anyEntries, (entries) => {
        expect(findChanges(undefined, entries)).toEqual(new Set());
        expect(findChanges(entries, structuredClone(entries))).toEqual(new Set());
      }),
    );
  });

  it('are a tier, a staleness, a verdict, and a new repository', () => {
    const before = makeEntry({ statuses: { C1: 'pass', C2: 'fail' } as never });
    const changed = (change: object) => [...findChanges([before], [{ ...before, ...change }])];
    expect(changed({ tier: 'core' })).toEqual(['thing']);
    expect(changed({ stale: true })).toEqual(['thing']);
    expect(changed({ statuses: { C1: 'pass', C2: 'pass' } })).toEqual(['thing C2']);
    expect(changed({ checked_at: null })).toEqual([]);
    expect([...findChanges([], [before])]).toEqual(['thing', 'thing C1', 'thing C2']);
  });
});

describe('a recovery of a host', () => {
  type Hosts = Parameters<typeof findRecoveries>[1]['now'];
  const hosts = (problem: object, name = 'here') =>
    [{ host: name, silent: false, trouble: null, ...problem }] as unknown as Hosts;
  const well = hosts({});
  const broken = hosts({ trouble: { message: 'It broke.' } });
  const find = (earlier: readonly Recovery[], before: Hosts | undefined, now: Hosts, at = 7) =>
    findRecoveries(earlier, { before, now, at });
  const recoveries = [{ host: 'here', problem: 'It broke.', at: 7 }];

  it('is shown once a problem that was shown has ended', () => {
    expect(find([], broken, well)).toEqual(recoveries);
    expect(find([], hosts({ silent: true }), well)).toEqual([
      { host: 'here', problem: 'Its worker did not report.', at: 7 },
    ]);
    expect(find([], well, well)).toEqual([]);
    expect(find([], undefined, well)).toEqual([]);
    expect(find([], broken, broken)).toEqual([]);
  });

  it('is shown for 15 min, unless the host has a problem again or is removed', () => {
    expect(find(recoveries, well, well, 7 + 899_999)).toEqual(recoveries);
    expect(find(recoveries, well, well, 7 + 900_000)).toEqual([]);
    expect(find(recoveries, well, broken)).toEqual([]);
    expect(find(recoveries, well, hosts({}, 'there'))).toEqual([]);
  });
});
