import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scope } from '../../../src/platform/process/shutdown.js';
import { openWorld, type World } from '../../helpers/world.js';
import { deliver, deliveryOf, pushPayload } from './deliveries.js';
import { startWeb } from './web.js';

const MIB = 1024 * 1024;
const scope = new Scope();
let world: World;
let url: string;
beforeAll(async () => {
  world = scope.add('world', await openWorld('large-deliveries'), (it) => it.close());
  await world.add('thing');
  await world.sql`update managed_repos set remote_url = 'https://git.example/acme/thing'`;
  url = await startWeb(scope, { databaseUrl: world.url });
});
afterAll(() => scope.close());

interface Begun {
  readonly socket: Socket;
  /** The status of the answer; undefined if the connection ends without one. */
  readonly status: Promise<number | undefined>;
}

/** Begins a delivery that announces 5 MiB or no length, and sends only some bytes of it. */
async function begin(framing: string, bytes: number): Promise<Begun> {
  const { port, hostname } = new URL(url);
  const head = ['POST /webhooks/github HTTP/1.1', 'Host: x', 'Content-Type: application/json', framing];
  const socket = connect(Number(port), hostname);
  let received = '';
  socket.on('data', (more) => {
    received += more.toString('latin1');
  });
  socket.on('error', () => {});
  const status = new Promise<number | undefined>((resolve) => {
    socket.once('close', () =>
      resolve(/^HTTP\/1\.1 (\d+)/.test(received) ? Number(received.slice(9, 12)) : undefined),
    );
  });
  const isChunked = framing.startsWith('Transfer');
  const body = isChunked ? `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n` : 'x'.repeat(bytes);
  await new Promise<void>((resolve) => {
    socket.write(`${head.join('\r\n')}\r\n\r\n${bytes === 0 ? '' : body}`, () => resolve());
  });
  return { socket, status };
}

const large = () => deliver(url, deliveryOf('github', pushPayload({ fill: 'x'.repeat(4 * MIB) })));

test.each([
  ['that announce their length', 'Content-Length: 5242880'],
  ['that do not', 'Transfer-Encoding: chunked'],
])(
  'when 75 large deliveries %s send nothing, then every proven large one is accepted',
  async (_what, framing) => {
    const silent = await Promise.all(Array.from({ length: 75 }, () => begin(framing, 0)));
    for (let at = 0; at < 3; at += 1) expect(await large()).toMatchObject({ status: 202 });
    for (const { socket } of silent) socket.destroy();
  },
);

test('when half-sent deliveries fill the room, then the oldest of them are refused and a proven one is accepted', async () => {
  const begun: Begun[] = [];
  // 27 of 5 MiB, less the last byte each, are more than 128 MiB.
  for (let at = 0; at < 27; at += 1) begun.push(await begin('Content-Length: 5242880', 5 * MIB - 1));
  expect(await large()).toMatchObject({ status: 202 });
  expect(await begun[0]?.status).toBe(413);
  expect(begun.at(-1)?.socket.destroyed).toBe(false);
  expect(await deliver(url, deliveryOf('github'))).toMatchObject({ status: 202 });
  for (const { socket } of begun) socket.destroy();
});
