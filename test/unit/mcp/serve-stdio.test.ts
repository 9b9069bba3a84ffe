import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import type { ApiAnswer } from '../../../src/client/open-client.js';
import { serveMcpOverStdio } from '../../../src/mcp/serve-stdio.js';
import { SummaryMemory } from '../../../src/mcp/summary-memory.js';
import { systemClock } from '../../../src/platform/clock.js';
import { reportWith } from './made-answers.js';

const MESSAGES = [
  {
    ...{ id: 1, method: 'initialize' },
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
  },
  { method: 'notifications/initialized' },
  { id: 2, method: 'tools/call', params: { name: 'get_report', arguments: { slug: 'widget' } } },
];

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
    {
      ...{ api: { request }, clock: systemClock, memory: new SummaryMemory(), onFault: () => {} },
      release: { version: '1.2.3', criteriaDigest: '0123456789abcdef', builtAt: '2026-01-01T00:00:00.000Z' },
    },
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
