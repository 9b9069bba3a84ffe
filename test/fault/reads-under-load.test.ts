import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SweepAnswer } from '../../src/api/sweeps.js';
import { findFreePort } from '../../src/local/free-port.js';
import { packageRoot } from '../../src/platform/process/package-root.js';
import { beginSweep, endSweep } from '../../src/store/sweeps.js';
import { BARE, type Running, startProgram, until } from '../e2e/programs.js';
import { type FaultServer, startRedis } from '../helpers/fault-servers.js';
import { expectAllRead, readOnce } from '../helpers/reads.js';
import { openWorld, type World } from '../helpers/world.js';

const SECRET = 'a secret of sixteen or more';
/** What an answer is promised within while others keep the process busy, held at five times that. */
const LIMIT_MS = 5 * 500;

let world: World;
let redis: FaultServer;
let address: string;
let env: NodeJS.ProcessEnv;
const running = new Set<Running>();

beforeEach(async () => {
  world = await openWorld('reads-under-load');
  redis = await startRedis();
  const port = String(await findFreePort());
  address = `http://127.0.0.1:${port}`;
  env = {
    ...BARE,
    ...{ DATABASE_URL: world.url, REDIS_URL: redis.url, PORT: port, DOI_HOST: 'here', LC_MARK: randomUUID() },
    ...{ DOI_WEBHOOK_SECRET_GITHUB: SECRET, LOG_LEVEL: 'error' },
    DOI_CONSISTENCY_COMMAND: JSON.stringify(['printf', '{"repo": "%s", "findings": []}', '{slug}']),
  };
  await world.add('thing', { 'SCOPE.md': '# Scope\n' });
  await world.evaluate('thing');
});

afterEach(async () => {
  redis.thaw();
  for (const one of running) one.signal('SIGKILL');
  await Promise.all([...running].map((one) => one.done));
  await redis.close();
  await world.close();
});

function start(...argv: string[]): Running {
  const one = startProgram([process.execPath, ...argv], env);
  running.add(one);
  one.done.then(() => running.delete(one));
  return one;
}
const startDoi = (...argv: string[]) => start(join(packageRoot, 'bin/doi'), ...argv);

async function startWeb(): Promise<void> {
  startDoi('web');
  await until(
    () => fetch(`${address}/readyz`).catch(() => undefined),
    (reply) => reply?.ok === true,
    180_000,
  );
}

/** Registers many checkouts with nothing in them, by a row each. */
async function addMany(slugs: readonly string[]): Promise<void> {
  for (const slug of slugs) await mkdir(world.path(slug, '.git'), { recursive: true });
  await world.sql`
    insert into managed_repos (id, slug, name, remote_url, host_paths)
    select gen_random_uuid(), slug, slug, 'https://github.com/acme/' || slug,
      json_build_object('here', ${world.folder}::text || '/' || slug)
    from unnest(${slugs as string[]}::text[]) as n (slug)`;
}

const slugsOf = (count: number) => Array.from({ length: count }, (_, n) => `r${n}`);
const latestSweep = async () => (await readOnce(`${address}/sweeps/latest`)).body as SweepAnswer;

describe('every read is answered, rightly and in time', () => {
  it('while a sweep judges 2,000 repositories', async () => {
    await addMany(slugsOf(1999));
    await startWeb();
    startDoi('worker');
    startDoi('sweep');
    const before = await until(latestSweep, ({ total, done }) => total === 2000 && done > 0, 180_000);
    let after = before;
    for (let round = 0; round < 20 || after.done < before.done + 20; round += 1) {
      await expectAllRead(address, LIMIT_MS);
      after = await latestSweep();
    }
    expect(after).toMatchObject({ id: before.id, state: 'running', total: 2000 });
  }, 300_000);

  it.each(['there', 'frozen', 'killed'])(
    'while 1,000 webhooks a second come in and Redis is %s',
    async (state) => {
      const slugs = slugsOf(200);
      await addMany(slugs);
      const id = (await beginSweep(world.sql, { trigger: 'test', host: 'here' })) ?? '';
      await endSweep(world.sql, id, 'finished');
      await startWeb();
      if (state === 'frozen') redis.freeze();
      if (state === 'killed') await redis.kill();
      // What is asked of a process that has just started waits for its code to be compiled besides.
      for (let round = 0; round < 20; round += 1) await expectAllRead(address, Number.POSITIVE_INFINITY);
      const settings = { address, secret: SECRET, slugs, rate: 1000, seconds: 3 };
      const flood = start(join(packageRoot, 'test/fault/flood.mjs'), JSON.stringify(settings));
      let isOver = false;
      const ended = flood.done.then((end) => {
        isOver = true;
        return end;
      });
      let rounds = 0;
      for (; !isOver; rounds += 1) await expectAllRead(address, LIMIT_MS);
      expect(rounds).toBeGreaterThan(0);
      const { stdout, stderr } = await ended;
      expect(stderr).toBe('');
      expect(JSON.parse(stdout.split('\n')[1] ?? '')).toEqual({ 202: 3000 });
    },
    300_000,
  );

  it('with no worker and no Redis at all', async () => {
    const id = (await beginSweep(world.sql, { trigger: 'test', host: 'here' })) ?? '';
    await endSweep(world.sql, id, 'finished');
    delete env['REDIS_URL'];
    await startWeb();
    for (let round = 0; round < 5; round += 1) await expectAllRead(address, LIMIT_MS);
  }, 180_000);
});
