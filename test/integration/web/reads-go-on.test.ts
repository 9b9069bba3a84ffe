import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scope } from '../../../src/platform/process/shutdown.js';
import { openWorld, type World } from '../../helpers/world.js';
import { makeGate } from '../queue/signals.js';
import { deliver, deliveryOf, type Header, send } from './deliveries.js';
import { startWeb, TOKEN } from './web.js';

const scope = new Scope();
let world: World;
let url: string;
beforeAll(async () => {
  world = scope.add('world', await openWorld('reads-go-on'), (it) => it.close());
  await world.add('thing');
  await world.sql`update managed_repos set remote_url = 'https://git.example/acme/thing'`;
  url = await startWeb(scope, { databaseUrl: world.url });
});
afterAll(() => scope.close());

const READS = ['/repos/thing/doi', '/repos/doi/summary', '/hosts', '/readyz'];
const HEADERS: readonly Header[] = [
  ['Host', 'localhost'],
  ['Authorization', `Bearer ${TOKEN}`],
];
const read = (path: string) => send(url + path, { method: 'GET', headers: HEADERS });
const refresh = () => send(`${url}/repos/thing/doi/refresh`, { headers: HEADERS });

test('no read waits for pushes and refreshes that the database delays', async () => {
  const gate = makeGate();
  const held = makeGate();
  const holding = world.sql.begin(async (sql) => {
    await sql`lock table doi_request in exclusive mode`;
    held.open();
    await gate.opened;
  });
  await held.opened;
  let answered = 0;
  const replies = Array.from({ length: 50 }, (_, index) =>
    (index % 2 === 0 ? refresh() : deliver(url, deliveryOf('github'))).finally(() => {
      answered += 1;
    }),
  );
  const waiting = () => world.sql`
    select 1 from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query like '%doi_request%'`;
  // As many as the producer has connections.
  await expect.poll(async () => (await waiting()).length, { interval: 5 }).toBe(4);
  for (const path of READS) expect(await read(path), path).toMatchObject({ status: 200 });
  expect(answered).toBe(0);
  gate.open();
  await holding;
  for (const { status } of await Promise.all(replies)) expect(status).toBe(202);
});
