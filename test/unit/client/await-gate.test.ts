import { describe, expect, it } from 'vitest';
import type { ServerReport } from '../../../src/api/server-report.js';
import { type AwaitOptions, awaitGate } from '../../../src/client/await-gate.js';
import type { ApiAnswer, ApiRequest } from '../../../src/client/open-client.js';
import { inputsOf } from '../../../src/criteria/inputs-of.js';
import { DoiError } from '../../../src/domain/errors.js';
import type { UnknownReason } from '../../../src/domain/unknown-reason.js';
import { makeReport } from './server-reports.js';

type Step = ApiAnswer | DoiError;

/** A server that answers one step after the other, the last again and again, and a clock that jumps instead of waiting. */
function world(...steps: Step[]) {
  const requests: ApiRequest[] = [];
  const pauses: number[] = [];
  let now = 1_000_000;
  const clock = {
    now: () => now,
    async sleep(ms: number) {
      pauses.push(ms);
      now += ms;
    },
  };
  const client = {
    async request(request: ApiRequest): Promise<ApiAnswer> {
      requests.push(request);
      const step = steps.length > 1 ? steps.shift() : steps[0];
      if (step instanceof DoiError) throw step;
      if (step === undefined) throw new Error('There is no step.');
      return step;
    },
  };
  const away: string[] = [];
  const onAway = (reasons: readonly UnknownReason[]) => away.push(...reasons.map(({ code }) => code));
  const run = (options: Partial<AwaitOptions> = {}) =>
    awaitGate(
      { slug: 'widget', require: 'core', waitMs: 0, inputsOf, ...options },
      { client, clock, onAway },
    );
  return { run, requests, pauses, away };
}

const answer = (report: ServerReport, headers: Record<string, string> = {}): ApiAnswer => ({
  status: 200,
  headers: { date: 'Thu, 26 Nov 2026 10:00:00 GMT', 'doi-verified-at': '2026-11-26T10:00:00Z', ...headers },
  body: report,
});
const fresh = answer(makeReport());
const stale = answer(makeReport({}, { stale: true }), { etag: '"one"' });
const unreachable = new DoiError('server_unreachable', 'No answer.', 'Start it.');
const problem = (status: number, code: string): ApiAnswer => ({
  ...{ status, headers: {} },
  body: { code, detail: `It is ${code}.`, remedy: 'Do it.' },
});

describe('a verdict that is known', () => {
  it('ends the wait at once', async () => {
    const { run, requests, pauses } = world(fresh);
    expect(await run({ waitMs: 60_000 })).toMatchObject({ decision: { outcome: 'met' }, waitedMs: 0 });
    expect(requests).toEqual([{ path: '/repos/widget/doi', headers: {}, timeoutMs: 30_000 }]);
    expect(pauses).toEqual([]);
  });
});

describe('a verdict that is not known yet', () => {
  it('without a wait, is requested once', async () => {
    const { run, requests } = world(stale);
    expect(await run()).toMatchObject({ decision: { outcome: 'unknown' }, waitedMs: 0 });
    expect(requests).toHaveLength(1);
  });

  it('is requested less and less often, at least every 5 s, and a last time when the wait ends', async () => {
    const { run, pauses, requests } = world(stale);
    expect(await run({ waitMs: 20_000 })).toMatchObject({ waitedMs: 20_000 });
    expect(pauses).toEqual([1000, 1500, 2250, 3375, 5000, 5000, 1875]);
    expect(requests).toHaveLength(8);
    expect(requests.at(-1)?.timeoutMs).toBe(1000);
  });

  it('is requested with the tag of the last answer, and a 304 is that answer with another date', async () => {
    const checkedAt = Date.parse(makeReport().checked_at ?? '');
    const later: ApiAnswer = {
      ...{ status: 304, body: undefined },
      headers: { date: new Date(checkedAt - 2000).toUTCString() },
    };
    const early = { date: new Date(checkedAt - 120_000).toUTCString() };
    const future = answer(
      makeReport(
        {},
        {
          stale: true,
          stale_reasons: [{ input: 'age', code: 'over_age', text: 'old', was: null, now: null }],
        },
      ),
      { etag: '"one"', ...early },
    );
    const { run, requests } = world(future, later);
    const result = await run({ waitMs: 60_000, maxAgeMs: 60_000 });
    expect(result.decision.outcome).toBe('met');
    expect(requests.map(({ headers }) => headers)).toEqual([{}, { 'if-none-match': '"one"' }]);
  });

  it('when the server does not answer for a moment, then the wait goes on', async () => {
    const { run } = world(stale, unreachable, problem(503, 'database_unavailable'), fresh);
    expect(await run({ waitMs: 60_000 })).toMatchObject({ decision: { outcome: 'met' }, waitedMs: 4750 });
  });

  it('when the server does not answer to the end, then that is the reason, beside its last report', async () => {
    const { run } = world(stale, unreachable);
    expect(await run({ waitMs: 3000 })).toMatchObject({
      decision: { outcome: 'unknown', reasons: [{ code: 'server_unreachable' }] },
      report: { repo_slug: 'widget' },
    });
  });
});

describe('a commit that the server cannot know', () => {
  it('ends the wait at once, with a remedy of its own', async () => {
    const checkout = { host: 'there', kind: 'working', branch: 'main', head: null };
    const { run, requests } = world(answer(makeReport({}, { checkout })));
    expect(await run({ waitMs: 60_000, atCommit: 'abcdef0' })).toMatchObject({
      decision: { reasons: [{ code: 'commit_unknown', remedy: expect.stringContaining('mirror') }] },
      waitedMs: 0,
    });
    expect(requests).toHaveLength(1);
  });
});

describe('an answer of a proxy', () => {
  it.each([408, 429, 500, 502, 520, 529])(
    'when it is %i, then it is not known, and a wait goes on',
    async (status) => {
      const step = { status, headers: {}, body: undefined };
      expect(await world(step).run()).toMatchObject({
        decision: { outcome: 'unknown', reasons: [{ code: 'server_unreachable' }] },
      });
      expect(await world(stale, step, fresh).run({ waitMs: 60_000 })).toMatchObject({
        decision: { outcome: 'met' },
      });
    },
  );
});

describe('an error of the first request', () => {
  it('when no such repository is there, then it is not known at once, however long the wait', async () => {
    const { run, requests, away } = world(problem(404, 'unknown_repository'));
    expect(await run({ waitMs: 60_000 })).toMatchObject({ decision: { outcome: 'unknown' }, report: null });
    expect({ requests: requests.length, away }).toEqual({ requests: 1, away: [] });
  });

  it.each([unreachable, problem(503, 'database_unavailable'), { status: 502, headers: {}, body: undefined }])(
    'when %j says that the server is away, then the caller learns it once, and the wait goes on',
    async (step) => {
      const { run, away } = world(step, step, fresh);
      expect(await run({ waitMs: 60_000 })).toMatchObject({ decision: { outcome: 'met' }, waitedMs: 2500 });
      expect(away).toHaveLength(1);
      const still = world(step);
      expect(await still.run({ waitMs: 3000 })).toMatchObject({
        ...{ decision: { outcome: 'unknown' }, report: null, waitedMs: 3000 },
      });
      expect((await world(step).run()).waitedMs).toBe(0);
    },
  );

  it.each([
    [problem(401, 'unauthorized'), 'unauthorized'],
    [problem(403, 'forbidden'), 'forbidden'],
    [problem(404, 'unknown_route'), 'unknown_route'],
    [{ status: 200, headers: {}, body: undefined }, 'server_answer_invalid'],
    [{ status: 200, headers: {}, body: { ...makeReport(), criteria: 1 } }, 'server_answer_invalid'],
    [answer(makeReport({}, { repo_slug: 'other' })), 'server_answer_invalid'],
    [{ status: 304, headers: {}, body: undefined }, 'server_answer_invalid'],
    [{ status: 302, headers: {}, body: undefined }, 'server_answer_invalid'],
  ])('when %j says that the command could not run, then it is thrown', async (step, code) => {
    await expect(world(step).run({ waitMs: 60_000 })).rejects.toMatchObject({ code });
  });

  it('when the answer has fields that this release does not know, then it is read all the same', async () => {
    const report = makeReport();
    const criteria = report.criteria.map((verdict) => ({ ...verdict, later: 1 }));
    const step = { ...fresh, body: { ...report, criteria, later: {} } };
    expect(await world(step).run()).toMatchObject({ decision: { outcome: 'met' } });
  });
});
