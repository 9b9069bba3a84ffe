import { PassThrough } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { OutputCollector } from '../../../src/checker/output.js';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

function held(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

it('the collector holds at most twice what was printed, although it comes byte by byte', () => {
  const stream = new PassThrough();
  const before = held();
  const collector = new OutputCollector(stream, 8e6, () => {});
  for (let n = 0; n < 1e6; n += 1) stream.emit('data', Buffer.alloc(1, 'x'));
  expect(held() - before).toBeLessThan(10e6);
  const { head, truncated } = collector.read();
  expect([head.length, truncated]).toEqual([1e6, false]);
});

it('the collector keeps head and tail of too long an output, in whatever pieces it comes', () => {
  const text = Array.from({ length: 60_000 }, (_, n) => String(n)).join(' ');
  for (const size of [1000, 65_536, text.length]) {
    const stream = new PassThrough();
    let floods = 0;
    const collector = new OutputCollector(stream, 100_000, () => {
      floods += 1;
    });
    for (let at = 0; at < text.length; at += size)
      stream.emit('data', Buffer.from(text.slice(at, at + size)));
    const { head, tail, truncated } = collector.read();
    expect([floods, truncated]).toEqual([1, true]);
    expect(head).toBe(text.slice(0, 65_536));
    expect(tail).toBe(text.slice(-65_536));
  }
});
