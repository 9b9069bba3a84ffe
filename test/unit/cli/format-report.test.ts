import { describe, expect, it } from 'vitest';
import type { ReportAnswer } from '../../../src/api/report.js';
import { formatReport } from '../../../src/cli/format-report.js';
import { formatWhy } from '../../../src/cli/format-why.js';
import { plain } from '../../../src/cli/terminal.js';
import type { Verdict } from '../../../src/domain/verdict.js';

const NOW = new Date('2026-03-20T12:00:00Z');
const VIEW = { paint: plain, now: NOW };
const CHECKOUT = {
  host: 'here',
  path_known: true,
  kind: 'working',
  branch: 'main',
  head: 'abcdef0123456789',
  head_at: null,
  pushed_branch: 'main',
  pushed_head: 'f',
  pushed_at: '2026-03-20T11:57:00Z',
  behind: true,
  updated_at: null,
  contacted_at: null,
  contact_head: null,
} as const;
const EVIL = 'bad\u001b[31m\u009b2J\u202etext\nmore';

describe('a report on the terminal', () => {
  it('shows tier, age, verdicts with their remedies, and what is missing', () => {
    expect(formatReport(report({}), VIEW)).toBe(
      [
        'widget  tier: none',
        'Judged: 2026-03-20T09:00:00Z (3 h ago), fresh (all inputs compared just now)',
        '',
        '✔ C1   Registered  pass  Registered as widget.',
        '✖ C4   Remote set  fail  No remote is set.',
        '                         → Set one.',
        '',
        'Missing for core: C4 Remote set',
        '',
      ].join('\n'),
    );
  });

  it('says why it is stale, what is under way, and why the last attempt failed', () => {
    const text = formatReport(
      report({
        stale: true,
        verified: 'registry',
        stale_reasons: [
          { input: 'SCOPE.md', was: 'a', now: 'b', code: 'input_changed', text: 'SCOPE.md was edited.' },
        ],
        refresh: {
          state: 'waiting',
          reason: 'forced',
          requested_at: NOW.toISOString(),
          forced: true,
          collapsed: [],
          until: 'T1',
        },
        failure: {
          code: 'checker_crashed',
          message: 'It broke.',
          remedy: 'Repair it.',
          attempts: 2,
          since: 'T0',
          last_at: 'T0',
        },
        checkout: CHECKOUT,
      }),
      VIEW,
    );
    expect(text).toContain('stale (the checkout was not probed)\n  SCOPE.md was edited.\n');
    expect(text).toContain(
      'Checkout: main at abcdef012345 on here; pushed 2026-03-20T11:57:00Z (3 min ago), not pulled here\n',
    );
    expect(text).toContain('Evaluation: waiting, until T1: forced\n');
    expect(text).toContain(
      'Broken: could not be judged (2 times since T0, checker_crashed): It broke.\n  → Repair it.\n',
    );
  });

  it('when nothing was judged yet, then says so, and what happens next', () => {
    const never = { input: 'row', was: null, now: null, code: 'never_evaluated', text: 'Never.' } as const;
    const none = { criteria: [], checked_at: null, next_tier: null, stale: true, stale_reasons: [never] };
    const text = formatReport(report(none), VIEW);
    expect(text).toContain(
      'Judged: not yet\n\nUnless it is archived, the worker of its host judges it in its next pass',
    );
    expect(text).toContain('"doi refresh widget" judges it now');
    expect(formatWhy(report(none), VIEW)).toMatch(/^widget {2}tier: none, not judged yet\n\n/);
    const failure = {
      code: 'checker_crashed',
      message: 'It broke.',
      remedy: 'Repair it.',
      attempts: 6,
      since: 'T0',
      last_at: 'T1',
    };
    expect(formatReport(report({ ...none, failure }), VIEW)).not.toContain('in its next pass');
  });

  it('when several inputs are stale for one reason, then it says so once', () => {
    const inputs = ['SCOPE.md', 'CLAUDE.md', 'tpsc.yaml'] as const;
    const stale_reasons = inputs.map((input) => ({
      ...{ input, was: 'a', now: null, code: 'not_verified' as const },
      text: `${input} was not compared: there has no heartbeat.`,
    }));
    const one = 'SCOPE.md, CLAUDE.md and tpsc.yaml were not compared: there has no heartbeat.';
    for (const show of [formatReport, formatWhy]) {
      const text = show(report({ stale: true, stale_reasons }), VIEW);
      expect(text).toContain(`  ${one}`);
      expect(text.split('not compared')).toHaveLength(2);
    }
  });

  it.each([formatReport, formatWhy])(
    'when it is of a mirror, then %o says when the remote was reached',
    (show) => {
      const fetched = { ...CHECKOUT, kind: 'mirror', behind: null, head_at: '2026-03-18T12:00:00Z' } as const;
      const checkout = { ...fetched, contacted_at: '2026-03-20T11:00:00Z', contact_head: 'abcdef0123456789' };
      expect(show(report({ checkout, verified: 'remote' }), VIEW)).toContain(
        [
          'Mirror: main at abcdef012345 of 2026-03-18T12:00:00Z (2 d ago) on here',
          'Remote: last reached 2026-03-20T11:00:00Z (1 h ago), then at abcdef012345',
        ].join('\n'),
      );
      expect(show(report({ verified: 'remote' }), VIEW)).toContain(
        'fresh (at the commit that its remote had at the last contact)',
      );
      const none = { ...fetched, branch: null, head: null, head_at: null };
      const text = show(report({ checkout: none }), VIEW);
      expect(text).toContain('\nRemote: not reached yet\n');
      expect(text).not.toContain('Mirror:');
    },
  );

  it('when it is of a bare repository, then it says so, and names no remote', () => {
    const checkout = { ...CHECKOUT, kind: 'bare', behind: null } as const;
    const text = formatReport(report({ checkout }), VIEW);
    expect(text).toContain('\nBare repository: main at abcdef012345 on here\n');
    expect(text).not.toContain('Remote:');
  });

  it('when a push was not fetched yet, or the remote was not reached, then it says so', () => {
    const stale_reasons = [
      { input: 'remote', was: 'a', now: 'b', code: 'pushed', text: 'remote: b was pushed to main.' },
    ] as const;
    const failure = {
      ...{ code: 'remote_denied', message: 'It refuses.', remedy: 'Give it a key.' },
      ...{ attempts: 3, since: 'T0', last_at: 'T1' },
    };
    expect(formatReport(report({ stale: true, stale_reasons, failure }), VIEW)).toContain(
      '  remote: b was pushed to main.\nRemote not reached (3 times since T0, remote_denied): It refuses.\n  → Give it a key.\n',
    );
    expect(formatWhy(report({ stale: true, stale_reasons }), VIEW)).toContain(
      '  remote: b was pushed to main. (pushed)\n',
    );
  });

  it('shows no control character and no line break of a repository', () => {
    const hostile = report({
      repo_slug: EVIL,
      criteria: [{ ...verdict('C4', 'fail'), detail: EVIL, remedy: EVIL }],
      stale: true,
      stale_reasons: [{ input: 'row', was: null, now: null, code: 'foreign_row', text: EVIL }],
      refresh: {
        state: 'queued',
        reason: EVIL,
        requested_at: EVIL,
        forced: false,
        collapsed: [],
        until: null,
      },
      failure: { code: EVIL, message: EVIL, remedy: EVIL, attempts: 1, since: EVIL, last_at: EVIL },
      checkout: {
        host: EVIL,
        path_known: true,
        kind: 'mirror',
        branch: EVIL,
        head: EVIL,
        head_at: EVIL,
        contacted_at: EVIL,
        contact_head: EVIL,
        pushed_branch: EVIL,
        pushed_head: null,
        pushed_at: EVIL,
        behind: true,
        updated_at: EVIL,
      },
      next_tier: { tier: 'core', missing: [{ id: 'C4', label: EVIL, detail: EVIL, remedy: EVIL }] },
      evaluation: {
        trigger: EVIL,
        collapsed: [{ reason: EVIL, count: 2 }],
        changed: [{ input: 'domain', was: EVIL, now: EVIL }],
        ran: [EVIL],
        kept: [EVIL],
        judged_at: { [EVIL]: EVIL },
        durations_ms: { [EVIL]: 1 },
        updated: true,
        duration_ms: 1,
        host: EVIL,
      },
    });
    for (const text of [formatReport(hostile, VIEW), formatWhy(hostile, VIEW)]) {
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      expect(text).not.toMatch(/^more/m);
    }
  });
});

describe('the reasons for a report', () => {
  it('says what made it stale, and what the last evaluation ran and kept', () => {
    const text = formatWhy(
      report({
        evaluation: {
          trigger: 'SCOPE.md changed',
          collapsed: [{ reason: 'pushed abc to main', count: 3 }],
          changed: [
            { input: 'tpsc.yaml', was: null, now: 'absent' },
            { input: 'SCOPE.md', was: 'absent', now: '1.000000000~1.000000000~1~1' },
            { input: '.claude/CLAUDE.md', was: null, now: 'absent' },
          ],
          ran: ['C5', 'C7', 'C11', 'C13'],
          kept: ['C1', 'C2', 'C3', 'C4'],
          durations_ms: { C5: 0.42, C7: 88.31, C11: 0.004, C13: 88.29 },
          judged_at: {
            ...{ C1: '2026-03-19T09:00:00Z', C2: '2026-03-19T12:00:00Z', C3: '2026-03-19T09:00:00Z' },
            ...{ C5: '2026-03-20T09:00:00Z' },
          },
          updated: true,
          duration_ms: 12.4,
          host: 'here',
        },
      }),
      VIEW,
    );
    expect(text.split('\n').slice(2)).toEqual([
      'Last evaluated: 2026-03-20T09:00:00Z on here, in 12 ms',
      'Because: SCOPE.md changed',
      '  Not read before: tpsc.yaml, .claude/CLAUDE.md.',
      '  SCOPE.md was added.',
      '    was absent',
      '    now 1.000000000~1.000000000~1~1',
      'Collapsed into it: 3 × pushed abc to main',
      'The checkout was brought up to date with a push first.',
      'Ran: C5 0.4 ms, C7 88 ms, C11 0.0 ms, C13 88 ms',
      '  (C7 and C13 share one run of the checker.)',
      'Kept, since nothing they read had changed: C1, C2, C3, C4',
      '  judged at 2026-03-19T12:00:00Z: C2',
      '  judged at 2026-03-19T09:00:00Z: C1, C3',
      '',
    ]);
  });

  it('when doi-worker never evaluated the repository, then says that nothing is known', () => {
    expect(formatWhy(report({}), VIEW)).toContain('is not known');
  });
});

function verdict(id: 'C1' | 'C4', status: 'pass' | 'fail'): Verdict {
  const isPass = status === 'pass';
  return {
    id,
    label: id === 'C1' ? 'Registered' : 'Remote set',
    tier: 'core',
    status,
    detail: isPass ? 'Registered as widget.' : 'No remote is set.',
    remedy: isPass ? null : 'Set one.',
  };
}

function report(given: Partial<ReportAnswer>): ReportAnswer {
  return {
    repo_slug: 'widget',
    tier: 'none',
    core_pass: false,
    standard_pass: false,
    full_pass: false,
    criteria: [verdict('C1', 'pass'), verdict('C4', 'fail')],
    checked_at: '2026-03-20T09:00:00Z',
    stale: false,
    stale_reasons: [],
    verified: 'probed',
    fingerprint: null,
    web_url: null,
    checkout: null,
    refresh: null,
    failure: null,
    host_trouble: null,
    next_tier: { tier: 'core', missing: [{ id: 'C4', label: 'Remote set', detail: '', remedy: null }] },
    evaluation: null,
    ...given,
  };
}
