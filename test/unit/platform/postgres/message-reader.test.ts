import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MessageReader, STARTUP } from '../../../../src/platform/postgres/message-reader.js';

const message = fc.record({
  type: fc.integer({ min: 1, max: 255 }),
  body: fc.uint8Array({ maxLength: 40 }),
});

function toBytes({ type, body }: { type: number; body: Uint8Array }): Buffer {
  const head = Buffer.alloc(5);
  head[0] = type;
  head.writeUInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}

function read(bytes: Buffer, cuts: readonly number[], startup: boolean): [number, number][] {
  const found: [number, number][] = [];
  const reader = new MessageReader((type, last) => found.push([type, last]), startup);
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let from = 0;
  for (const end of ends) {
    reader.read(bytes.subarray(from, end));
    from = end;
  }
  return found;
}

it('each message is reported with its type and last byte, however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(message), fc.array(fc.nat()), fc.boolean(), (messages, cuts, startup) => {
      const first = { type: STARTUP, body: Uint8Array.of(0, 3, 0, 0, 7) };
      const all = startup ? [first, ...messages] : messages;
      const bytes = Buffer.concat(all.map(toBytes)).subarray(startup ? 1 : 0);
      const lastOf = (one: { type: number; body: Uint8Array }) => toBytes(one).at(-1);
      expect(read(bytes, cuts, startup)).toEqual(all.map((one) => [one.type, lastOf(one)]));
    }),
  );
});

it('a message is not reported before its last byte has come', () => {
  const bytes = toBytes({ type: 0x5a, body: Uint8Array.of(0x49) });
  expect(read(bytes.subarray(0, -1), [], false)).toEqual([]);
  expect(read(bytes, [], false)).toEqual([[0x5a, 0x49]]);
});

it('an impossible length is skipped, and the end is reached', () => {
  expect(read(Buffer.from([1, 0, 0, 0, 0, 2, 0, 0, 0, 4]), [], false)).toEqual([
    [1, 0],
    [2, 4],
  ]);
});
