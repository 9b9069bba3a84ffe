/** Tests of what a refresh over HTTP costs the database. */
import Fastify from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../../src/platform/clock.js';
import { openLog } from '../../../src/platform/log.js';
import type { Sql } from '../../../src/platform/postgres/sql.js';
import { addRefreshRoute } from '../../../src/producer/refresh-route.js';
import { wakeHomes } from '../../../src/producer/wake-homes.js';
import { WakeUpBuffer } from '../../../src/producer/wake-up-buffer.js';
import type { Wake } from '../../../src/queue/waker.js';
import { readRefresh } from '../../../src/reader/read-report.js';
import { openWorld, type World } from '../../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld('refresh-statements');
});
afterAll(() => world.close());

/** The same connections, with a count of the statements that are sent on them; a fragment of a statement is none. */
function counting(sql: Sql): { readonly sql: Sql; readonly count: () => number } {
  let count = 0;
  const counted = new Proxy(sql, {
    apply(target, self, args) {
      const made: unknown = Reflect.apply(target, self, args);
      if (made instanceof Promise && 'handle' in made && typeof made.handle === 'function') {
        const handle = made.handle.bind(made) as () => unknown;
        let isSent = false;
        Object.assign(made, {
          handle: () => {
            if (!isSent) count += 1;
            isSent = true;
            return handle();
          },
        });
      }
      return made;
    },
  });
  return { sql: counted, count: () => count };
}

it('when a client posts a refresh, then three statements find its home, add the request, read it and wake', async () => {
  const repoId = await world.add('thing', {});
  const { sql, count } = counting(world.sql);
  const woken: Wake[] = [];
  const wake = async (wakes: readonly Wake[]) => void woken.push(...wakes);
  const wakes = new WakeUpBuffer({
    log: openLog('test', 'silent'),
    clock: systemClock,
    send: (wanted) => wakeHomes({ sql, host: 'elsewhere', wake }, wanted),
  });
  const server = Fastify();
  addRefreshRoute(server, {
    ...{ sql, host: 'elsewhere', wakes },
    caller: { address: '127.0.0.1', readToken: undefined, token: 'a token', publicUrl: undefined },
    readRefresh: (slug) => readRefresh(sql, { slug, runningLimitMs: 1000 }),
  });
  const { statusCode } = await server.inject({ method: 'POST', url: '/repos/thing/doi/refresh' });
  await wakes.close();
  expect([statusCode, woken]).toEqual([202, [{ repoId, host: 'here', priority: 1 }]]);
  expect(count()).toBe(3);
  await server.close();
});
