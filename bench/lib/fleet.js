// Many repositories with real checkouts, all fresh, of which one was really judged.
import { join } from 'node:path';
import { CheckoutProber } from '../../dist/inputs/probe/checkout-prober.js';
import { systemClock } from '../../dist/platform/clock.js';
import { readRelease } from '../../dist/platform/process/package-root.js';
import { watchOnce } from '../../dist/producer/watch.js';
import { copyEvaluation, makeUsual, register } from './checkouts.js';
import { startWorker } from './worker.js';

/**
 * Makes `count` usual checkouts, `repo-0` and on, and further ones with so many workplans each: `{slug: plans}`.
 * @returns `paths` by slug, and `deps`, what a pass takes
 */
export async function makeFleet(bench, count, further = {}) {
  const { config, folder, sql } = bench;
  const place = (slug) => join(folder, 'checkouts', slug);
  const paths = {};
  for (let n = 0; n < count; n += 1) paths[`repo-${n}`] = makeUsual(place(`repo-${n}`));
  for (const [slug, plans] of Object.entries(further)) paths[slug] = makeUsual(place(slug), plans);
  const { 'repo-0': first, ...others } = paths;
  await evaluateOne(bench, first);
  await register(sql, config.host, others);
  const deps = openWatch(bench);
  await watchOnce(deps);
  await copyEvaluation(sql);
  return { paths, deps };
}

/** What a pass takes, in this process. */
export function openWatch({ sql, scope, config }) {
  return {
    ...{ sql, clock: systemClock, host: config.host, release: readRelease(), capacity: 1, isolation: 'none' },
    prober: scope.add('prober', new CheckoutProber(), (it) => it.close()),
    ...{ checker: config.checker, searchPath: config.searchPath, limits: config.ageLimits },
    ...{ probeTimeoutMs: 5000, folders: true, wake: async () => {} },
  };
}

/** One real evaluation, to copy. */
async function evaluateOne({ sql, services, scope, config }, path) {
  await register(sql, config.host, { 'repo-0': path });
  const worker = startWorker(services, scope, { LOG_LEVEL: 'info' });
  await worker.logged('evaluation ended');
  await worker.stop();
}
