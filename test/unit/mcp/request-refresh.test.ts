import { describe, expect, it } from 'vitest';
import type { ApiRequest } from '../../../src/client/open-client.js';
import { DoiError } from '../../../src/domain/errors.js';
import { apiOf, callRefused, callTool, connectInMemory } from '../../helpers/mcp-client.js';
import { reportWith } from './made-answers.js';

const POST = 'POST /repos/widget/doi/refresh';
const GET = '/repos/widget/doi';
const { refresh: OPEN } = reportWith('x');
const accepted = { repo_slug: 'widget', refresh: OPEN };

/** A clock that stands still but for waits. */
function makeClock() {
  const clock = {
    time: 0,
    now: () => clock.time,
    sleep: async (ms: number) => {
      clock.time += ms;
    },
  };
  return clock;
}

/** A server that takes a request, and then answers a read by `read`, given how many came before. */
function apiThatReads(read: (request: ApiRequest, before: number) => unknown) {
  let reads = 0;
  return {
    request: async (request: ApiRequest) => {
      if (request.method === 'POST') return { status: 202, headers: {}, body: accepted };
      return { status: 200, headers: {}, body: read(request, reads++) };
    },
  };
}

const unreachable = () => new DoiError('server_unreachable', 'It did not answer.', 'Try again.');

describe('request_refresh', () => {
  it('requests once, keeps verdicts whose inputs have not changed, and says whether it is done', async () => {
    const api = apiOf({ [POST]: accepted, [GET]: reportWith('x', { refresh: null, failure: null }) });
    const client = await connectInMemory({ api });
    expect(await callTool(client, 'request_refresh', { slug: 'widget' })).toMatchObject({ done: true });
    expect(api.asked).toEqual([POST, `GET ${GET}`]);
  });

  it('is not done where the request has ended and the contact that it wanted failed, and waits no longer', async () => {
    const clock = makeClock();
    const report = reportWith('x', { refresh: null });
    const client = await connectInMemory({ api: apiOf({ [POST]: accepted, [GET]: report }), clock });
    expect(await callTool(client, 'request_refresh', { slug: 'widget' })).toMatchObject({
      ...{ done: false, refresh: null, failure: { attempts: 3 } },
    });
    expect(clock.time).toBe(0);
  });

  it('waits for the end for as long as it may, and no longer', async () => {
    const clock = makeClock();
    const client = await connectInMemory({ api: apiOf({ [POST]: accepted, [GET]: reportWith('x') }), clock });
    const input = { slug: 'widget', wait_seconds: 30 };
    expect(await callTool(client, 'request_refresh', input)).toMatchObject({
      done: false,
      refresh: { state: 'queued' },
    });
    expect(clock.time).toBe(30_000);
    const tooLong = { slug: 'widget', wait_seconds: 31 };
    expect(await callRefused(client, 'request_refresh', tooLong)).toContain('wait_seconds');
  });

  it('says where the agent reads it that another call while an evaluation runs does not wait for that one', async () => {
    const { tools } = await (await connectInMemory({})).listTools();
    const { description } = tools.find(({ name }) => name === 'request_refresh') ?? {};
    expect(description).toMatch(/`running`, do not call it again.*: call `explain` until `refresh` is null/);
  });

  it.each([0, 10, 30])(
    'ends at most 5 s after %d s, also where the server does not answer',
    async (seconds) => {
      const clock = makeClock();
      const api = apiThatReads(({ timeoutMs = 30_000 }) => {
        clock.time += timeoutMs;
        throw unreachable();
      });
      const client = await connectInMemory({ api, clock });
      const answer = await callTool(client, 'request_refresh', { slug: 'widget', wait_seconds: seconds });
      expect(answer).toMatchObject({
        ...{ done: false, repo_slug: 'widget', refresh: { state: 'queued' } },
        problem: { code: 'server_unreachable', message: '⟦It did not answer.⟧' },
      });
      expect(answer).not.toHaveProperty('tier');
      expect(clock.time).toBeLessThanOrEqual(seconds * 1000 + 5000);
    },
  );

  it('keeps the last report that it read where a later read fails, and goes on to the end of the wait', async () => {
    const read = (_: ApiRequest, before: number) => {
      if (before > 0) throw unreachable();
      return reportWith('x');
    };
    const clock = makeClock();
    const client = await connectInMemory({ api: apiThatReads(read), clock });
    expect(await callTool(client, 'request_refresh', { slug: 'widget' })).toMatchObject({
      ...{ done: false, tier: 'none', refresh: { state: 'queued' } },
      problem: { code: 'server_unreachable' },
    });
    expect(clock.time).toBe(10_000);
  });

  it('is done where the read after one that failed finds the end', async () => {
    const read = (_: ApiRequest, before: number) => {
      if (before === 0) throw unreachable();
      return reportWith('x', { refresh: null, failure: null });
    };
    const client = await connectInMemory({ api: apiThatReads(read), clock: makeClock() });
    const answer = await callTool(client, 'request_refresh', { slug: 'widget' });
    expect(answer).toMatchObject({ done: true });
    expect(answer).not.toHaveProperty('problem');
  });

  it('answers with what is known where its client or the server leaves while it waits', async () => {
    const leaving = new AbortController();
    const clock = makeClock();
    const sleep = async () => leaving.abort();
    let reads = 0;
    const api = apiThatReads(() => {
      reads += 1;
      return reportWith('x');
    });
    const client = await connectInMemory({
      ...{ api, clock: { ...clock, sleep } },
      runWait: (_, run) => run(leaving.signal),
    });
    const answer = await callTool(client, 'request_refresh', { slug: 'widget' });
    expect(answer).toMatchObject({ done: false, refresh: { state: 'queued' } });
    expect(reads).toBe(1);
  });

  it('waits within the limit on how many wait, and without a wait needs no place', async () => {
    const runWait = () => Promise.reject(new DoiError('too_many_waiting', '32 wait.', 'Try again by POST.'));
    const api = apiOf({ [POST]: accepted, [GET]: reportWith('x') });
    const client = await connectInMemory({ api, runWait });
    expect(await callRefused(client, 'request_refresh', { slug: 'widget' })).toMatch(
      /too_many_waiting: ⟦32 wait\.⟧\nCall it with wait_seconds 0/,
    );
    expect(api.asked).toEqual([]);
    const input = { slug: 'widget', wait_seconds: 0 };
    expect(await callTool(client, 'request_refresh', input)).toMatchObject({ done: false });
  });
});
