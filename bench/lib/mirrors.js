// Mirrors as a worker makes them, from their registration to their rows, and what bare programs do instead.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { wakeHomes } from '../../dist/producer/wake-homes.js';
import { queuePrefix } from '../../dist/queue/queue-names.js';
import { openProducerConnection } from '../../dist/queue/redis-connections.js';
import { Waker } from '../../dist/queue/waker.js';
import { registerMirrors } from '../../dist/registry/register-mirrors.js';
import { readInstallation } from '../../dist/store/installation.js';
import { log } from './jobs.js';
import { runCheckers, xargs } from './programs.js';
import { gitEnvironment } from './remotes.js';

const LIMIT_MS = 1_800_000;

/** Wakes the worker of this installation. */
export async function openWake({ sql, scope, services, config }) {
  const installation = await readInstallation(sql);
  const redis = scope.add('producer', openProducerConnection(services.redisUrl, log), (it) =>
    it.disconnect(),
  );
  const readPrefix = async () => queuePrefix(installation);
  const waker = scope.add('wakes', new Waker({ redis, log, readPrefix }), (it) => it.close());
  const wake = waker.wake.bind(waker);
  return (requested) => wakeHomes({ sql, host: config.host, wake }, requested);
}

/** Registers mirrors of remotes, and waits until each has its row. */
export async function mirrorAll({ sql, config, wake }, remotes, server) {
  const { host, mirrorsDir } = config;
  const mirrors = remotes.map(({ name }) => ({ name, remoteUrl: `${server}/${name}.git` }));
  const { requested } = await registerMirrors(sql, { host, mirrorsDir, mirrors });
  await wake(requested);
  await until(async () => {
    const [{ count }] = await sql`select count(*)::int as count from doi_cache`;
    return count === remotes.length;
  }, 20);
}

/** Unregisters all, and removes all mirrors. */
export async function forgetAll({ sql, config: { mirrorsDir } }) {
  await sql`delete from managed_repos`;
  for (const name of readdirSync(mirrorsDir)) rmSync(join(mirrorsDir, name), { recursive: true });
}

/** What none can do without: a partial clone of each, and a run of the checker on each. The clones are removed again. */
export async function cloneAndCheck({ config, folder }, remotes, server) {
  const to = join(folder, 'clones');
  mkdirSync(to);
  const clone = ['git', 'clone', '-q', '--bare', '--depth', '1', '--filter=blob:none'];
  const lines = remotes.map(({ name }) => name);
  const argv = [...clone, `${server}/{}.git`, join(to, '{}.git')];
  const began = performance.now();
  await xargs(config.fetchConcurrency, argv, { lines, env: gitEnvironment });
  const cloned = performance.now() - began;
  await runCheckers(
    config,
    remotes.map(({ plans }) => plans),
  );
  const took = performance.now() - began;
  rmSync(to, { recursive: true });
  return { cloned, took };
}

/** Waits until something holds, by asking again and again. */
export async function until(isTrue, everyMs = 2) {
  const end = performance.now() + LIMIT_MS;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error('It did not come about.');
    await delay(everyMs);
  }
}

/** Clones all of each repository, without samples of hooks, to `full`. */
export async function cloneFully(config, { remotes, server, full }) {
  mkdirSync(full);
  const argv = ['git', 'clone', '-q', '--bare', '--template=', `${server}/{}.git`, join(full, '{}.git')];
  const lines = remotes.map(({ name }) => name);
  await xargs(config.fetchConcurrency, argv, { lines, env: gitEnvironment });
}
