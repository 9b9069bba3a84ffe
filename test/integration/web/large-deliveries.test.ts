import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scope } from '../../../src/platform/shutdown.js';
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

/** Begins a delivery that says how long it is, or not, and does not end it. */
function begin(length: string): Promise<Socket> {
  const { port, hostname } = new URL(url);
  const head = ['POST /webhooks/github HTTP/1.1', 'Host: x', 'Content-Type: application/json', length];
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(`${head.join('\r\n')}\r\n\r\n`, () => resolve(socket));
    });
    socket.on('error', reject);
  });
}

const large = () => deliver(url, deliveryOf('github', pushPayload({ fill: 'x'.repeat(4 * MIB) })));

test.each(['Content-Length: 5242880', 'Transfer-Encoding: chunked'])(
  'large deliveries that nobody has proven (%s) keep large ones out while they last, and no small ones',
  async (length) => {
    expect(await large()).toMatchObject({ status: 202 });
    // 25 of 5 MiB each leave no room for another of 4.
    const held = await Promise.all(Array.from({ length: 25 }, () => begin(length)));
    await expect.poll(async () => (await large()).status, { interval: 5, timeout: 10_000 }).toBe(413);
    const refused = await large();
    expect(refused).toMatchObject({ status: 413, json: { code: 'bad_request' } });
    expect(refused.headers['retry-after']).toBe('1');
    expect(await deliver(url, deliveryOf('github'))).toMatchObject({ status: 202 });
    for (const socket of held) socket.destroy();
    await expect.poll(async () => (await large()).status, { interval: 5, timeout: 10_000 }).toBe(202);
  },
);
