import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import type { ApiAnswer } from '../../../src/client/open-client.js';
import { serveMcpOverStdio } from '../../../src/mcp/serve-stdio.js';
import { SummaryMemory } from '../../../src/mcp/summary-memory.js';
import type { JudgeHere } from '../../../src/mcp/tools/check-checkout.js';
import { systemClock } from '../../../src/platform/clock.js';
import { reportWith } from './made-answers.js';

const DEPS = {
  ...{ clock: systemClock, memory: new SummaryMemory() },
  release: { version: '1.2.3', criteriaDigest: '0123456789abcdef', builtAt: '2026-01-01T00:00:00.000Z' },
};

const MESSAGES = [
  {
    ...{ id: 1, method: 'initialize' },
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
  },
  { method: 'notifications/initialized' },
  { id: 2, method: 'tools/call', params: { name: 'get_report', arguments: { slug: 'widget' } } },
];

/** Serves a client that calls check_checkout, whose judging ends only when its signal is aborted. */
function serveJudging(calls: number) {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const signals: AbortSignal[] = [];
  const judgeHere: JudgeHere = (_, signal) => {
    signals.push(signal);
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  };
  const faults: unknown[] = [];
  const served = serveMcpOverStdio(
    {
      ...DEPS,
      api: { request: () => Promise.reject(new Error()) },
      judgeHere,
      onFault: (it) => faults.push(it),
    },
    { stdin, stdout, restMs: 20 },
  );
  const send = (message: object) => stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  for (const message of MESSAGES.slice(0, 2)) send(message);
  const params = { name: 'check_checkout', arguments: { path: '/srv/widget' } };
  for (let id = 10; id < 10 + calls; id += 1) send({ id, method: 'tools/call', params });
  return { served, stdin, stdout, signals, faults, send };
}

it('checks run as many at once as there are processors, and a cancelled one makes room', async () => {
  const { served, stdin, signals, faults, send } = serveJudging(40);
  await expect.poll(() => signals.length).toBe(availableParallelism());
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(signals).toHaveLength(availableParallelism());
  send({ method: 'notifications/cancelled', params: { requestId: 10 } });
  await expect.poll(() => signals.length).toBe(availableParallelism() + 1);
  expect(signals.filter(({ aborted }) => aborted)).toEqual(signals.slice(0, 1));
  stdin.end();
  expect(await served).toBe(true);
  expect(faults).toEqual([]);
});

it('a check that is under way when the client has left is ended', async () => {
  const { served, stdin, signals } = serveJudging(1);
  await expect.poll(() => signals.length).toBe(1);
  stdin.end();
  await served;
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});

/** Serves a client that writes its messages and closes its side at once; the API answers when the test says so. */
function serve(restMs?: number) {
  const [stdin, stdout, begun] = [new PassThrough(), new PassThrough(), new PassThrough()];
  let answer: (given: ApiAnswer) => void = () => {};
  const request = () => {
    begun.write('x');
    return new Promise<ApiAnswer>((resolve) => {
      answer = resolve;
    });
  };
  const served = serveMcpOverStdio(
    { ...DEPS, api: { request }, onFault: () => {} },
    { stdin, stdout, ...(restMs === undefined ? {} : { restMs }) },
  );
  for (const message of MESSAGES) stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  stdin.end();
  return { served, stdout, begun: once(begun, 'data'), answer: (given: ApiAnswer) => answer(given) };
}

it('a call that is under way when standard input ends is answered before the end', async () => {
  const { served, stdout, begun, answer } = serve();
  await begun;
  answer({ status: 200, headers: {}, body: reportWith('x') });
  await served;
  const lines = String(stdout.read()).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).id)).toEqual([1, 2]);
});

it('a call that is not answered in time does not keep the program', async () => {
  const { served, begun } = serve(20);
  await begun;
  await served;
});

it('a message that is too large ends the service, which says that standard input has not ended', async () => {
  const { served, stdin } = serveJudging(0);
  stdin.write('x'.repeat(11 * 1024 * 1024));
  expect(await served).toBe(false);
});

it.each([
  ['a batch', '[{"jsonrpc":"2.0","id":31,"method":"ping"},{"jsonrpc":"2.0","id":32,"method":"ping"}]'],
  ['a message without a method', '{"jsonrpc":"2.0","id":33}'],
])('%s is answered as invalid, in one line of the log, and the next message as ever', async (_, line) => {
  const { served, stdin, stdout, faults, send } = serveJudging(0);
  stdin.write(`${line}\n`);
  send({ id: 34, method: 'ping' });
  stdin.end();
  await served;
  const answers = String(stdout.read())
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text));
  expect(answers).toContainEqual({
    ...{ jsonrpc: '2.0', id: null },
    error: { code: -32600, message: expect.stringContaining('send no batches') },
  });
  expect(answers.at(-1)).toMatchObject({ id: 34, result: {} });
  expect(faults.map((fault) => String(fault).split('\n'))).toEqual([
    [expect.stringContaining('send no batches')],
  ]);
});
