import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareWithServer as compareHere } from '../../../src/check/compare-with-server.js';
import { anyReport, HEAD, makeReport } from '../client/server-reports.js';
import { anyJudged, makeJudged } from './check-answers.js';

type Compared = Parameters<typeof compareHere>;
const compareWithServer = (answer: Compared[0], report: Compared[1], head: string | null) =>
  compareHere(answer, report, { head, remote: null });

const OTHER = `ffff${HEAD.slice(4)}`;

describe('a check against a report of a server', () => {
  it('when every status is the same, then it is the same, whatever was not judged here', () => {
    const answer = makeJudged({ C5: 'warn' }, [], ['C8']);
    expect(compareWithServer(answer, makeReport({ C5: 'warn', C8: 'fail' }), HEAD)).toMatchObject({
      outcome: 'same',
      differences: [],
      not_judged: [{ id: 'C8', there: 'fail', there_detail: 'detail C8', option: '--sbom DATE' }],
      head: HEAD,
      there: { head: HEAD, stale: false },
    });
  });

  it('when a file is judged otherwise at another commit, then the difference names file and commits', () => {
    expect(compareWithServer(makeJudged({ C5: 'warn' }), makeReport(), OTHER)).toMatchObject({
      outcome: 'different',
      differences: [
        {
          ...{ id: 'C5', here: 'warn', there: 'pass', here_detail: 'detail C5', there_detail: 'detail C5' },
          why: ["It reads SCOPE.md; the server's checkout is at a1b2c3d4e5f6, this one at ffffc3d4e5f6."],
        },
      ],
    });
  });

  it('when both are at one commit, then an edit that is not committed explains it', () => {
    const { differences } = compareWithServer(makeJudged({ C6: 'fail' }), makeReport(), HEAD);
    expect(differences[0]?.why).toEqual([
      'It reads CLAUDE.md, .claude/CLAUDE.md; both checkouts are at a1b2c3d4e5f6, so one of them has an edit that is not committed.',
    ]);
  });

  it('when a commit is not known, then the difference says whose', () => {
    const checkout = { host: 'here', kind: null, branch: null, head: null };
    const why = (report = makeReport(), head: string | null = HEAD) =>
      compareWithServer(makeJudged({ C5: 'fail' }), report, head).differences[0]?.why[0];
    expect(why(makeReport({}, { checkout }))).toContain("the commit of the server's checkout is not known");
    expect(why(makeReport(), null)).toContain('the commit of this checkout is not known');
  });

  it('when the registry decides, then the difference names its rows and the option here', () => {
    const { differences } = compareWithServer(makeJudged({ C10: 'fail', C4: 'fail' }), makeReport(), HEAD);
    expect(differences.map(({ id, why }) => [id, why])).toEqual([
      [
        'C4',
        ["The server judges by its registry (repo), this check by the checkout's own remote, or --remote."],
      ],
      ['C10', ['The server judges by its registry (repo, goal), this check by --goal-active N.']],
    ]);
  });

  it('when the checker decides, then the difference names it beside the workplans', () => {
    const { differences } = compareWithServer(makeJudged({ C7: 'fail' }), makeReport(), OTHER);
    expect(differences[0]?.why).toEqual([
      expect.stringContaining('It reads workplans;'),
      'The server may have a checker of its own (DOI_CONSISTENCY_COMMAND).',
    ]);
  });

  it('when the report is stale, then it is not known, and a difference names the stale inputs that it rests on', () => {
    const stale_reasons = [
      { input: 'SCOPE.md', code: 'input_changed', text: 'SCOPE.md was edited.', was: 'v1', now: 'v2' },
      { input: 'goal', code: 'input_changed', text: 'A goal was changed.', was: null, now: null },
    ];
    const comparison = compareWithServer(
      makeJudged({ C5: 'fail' }),
      makeReport({}, { stale: true, stale_reasons }),
      OTHER,
    );
    expect(comparison).toMatchObject({ outcome: 'unknown', reasons: [{ text: 'SCOPE.md was edited.' }, {}] });
    expect(comparison.differences[0]?.why[0]).toBe(
      'Since the server judged: SCOPE.md was edited. (was v1, now v2)',
    );
    expect(comparison.differences[0]?.why.join()).not.toContain('goal');
  });

  it('when the server is stale by a file of the same commit, then no edit is claimed', () => {
    const stale_reasons = [
      { input: 'SCOPE.md', code: 'input_changed', text: 'SCOPE.md was edited.', was: null, now: 'v2' },
    ];
    const report = makeReport({}, { stale: true, stale_reasons });
    expect(compareWithServer(makeJudged({ C5: 'fail' }), report, HEAD).differences[0]?.why).toEqual([
      'Since the server judged: SCOPE.md was edited.',
    ]);
  });

  it('when there was no evaluation, then it is not known, and nothing differs', () => {
    const report = makeReport({}, { criteria: [], checked_at: null, tier: 'none' });
    expect(compareWithServer(makeJudged(), report, HEAD)).toMatchObject({
      ...{ outcome: 'unknown', differences: [], reasons: [{ code: 'never_evaluated' }] },
    });
  });

  it('when the remotes are of two repositories, then it is not known; without one of them, or a slug, it is compared', () => {
    const outcome = (remote: string | null, web_url?: string | null) =>
      compareHere(makeJudged(), makeReport({}, { web_url }), { head: HEAD, remote });
    const page = 'https://git.example/acme/widget';
    expect(outcome('git@git.example:other/widget.git', page)).toMatchObject({
      outcome: 'unknown',
      reasons: [{ code: 'other_repository', text: expect.stringContaining('git.example/other/widget') }],
    });
    expect(outcome('git@git.example:acme/widget.git', page).outcome).toBe('same');
    expect(outcome(null, page).outcome).toBe('same');
    expect(outcome('git@git.example:other/widget.git', null).outcome).toBe('same');
    expect(outcome('git@git.example:other/widget.git').outcome).toBe('same');
  });

  it('when the server lacks a verdict, then it is not known, and that is no difference of a status', () => {
    const report = makeReport();
    const criteria = report.criteria.filter(({ id }) => id !== 'C5');
    expect(compareWithServer(makeJudged({ C6: 'fail' }), { ...report, criteria }, HEAD)).toMatchObject({
      outcome: 'unknown',
      reasons: [{ code: 'no_verdict', text: 'The server has no verdict of C5.' }],
    });
    // What was not judged here needs no verdict there.
    expect(compareWithServer(makeJudged({}, [], ['C5']), { ...report, criteria }, HEAD).outcome).toBe('same');
  });

  it('for any report, is the same only where it is fresh and has the same status for all that was judged', () => {
    fc.assert(
      fc.property(anyJudged, anyReport, (answer, report) => {
        const { outcome, differences } = compareWithServer(answer, report, HEAD);
        if (report.stale || report.checked_at === null) expect(outcome).toBe('unknown');
        if (outcome !== 'same') return;
        expect(differences).toEqual([]);
        for (const { id, status } of answer.criteria)
          if (!answer.not_judged.includes(id))
            expect(report.criteria.find((verdict) => verdict.id === id)?.status).toBe(status);
      }),
    );
    expect(compareWithServer(makeJudged(), makeReport(), HEAD).outcome).toBe('same');
  });
});
