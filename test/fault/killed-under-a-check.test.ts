import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeIsolation } from '../../src/checker/isolation.js';
import { until } from '../e2e/programs.js';
import { dumpRepository } from '../integration/store/rows.js';
import { openWorkerWorld, type WorkerWorld } from './worker-world.js';

/** How long something of a check may be there, and a repository be without a worker; each held at five times that. */
const GONE_MS = 5_000;
const TAKEN_OVER_MS = 15_000;
const { level } = await probeIsolation(process.env);

const DEAF = "trap '' TERM";
/** What runs when the worker is killed, by slug. The flood begins when the file `go` is there, and the worker ends it only 2 s later. */
const CHECKS: Readonly<Record<string, string>> = {
  hangs: 'exec sleep 600',
  'ignores-term': `${DEAF}; while :; do sleep 600; done`,
  'leaves-a-session': `setsid sh -c "${DEAF}; while :; do sleep 600; done" & ${DEAF}; sleep 600`,
  floods: `${DEAF}; until [ -f "$here/go" ]; do sleep 0.02; done; : > "$here/flows"; exec yes`,
};
const SLUGS = Object.keys(CHECKS);

let ours: WorkerWorld;
beforeAll(async () => {
  ours = await openWorkerWorld('killed');
  for (const slug of SLUGS) {
    await ours.world.add(slug, { 'workplans/README.md': 'Plans.\n' });
    expect(await ours.world.evaluate(slug)).toMatchObject({ end: 'written' });
    await ours.behaves(slug, CHECKS[slug]);
    await ours.world.write(slug, 'workplans/README.md', 'Other plans.\n');
  }
});
afterAll(() => ours.close());

const beside = (name: string) => join(ours.checker, '..', name);
const row = async (slug: string) =>
  (await dumpRepository(ours.world.sql, await ours.world.id(slug)))['doi_cache'];
const rows = () => Promise.all(SLUGS.map(row));
const starts = async () => {
  const all = await Promise.all(SLUGS.map((slug) => readFile(beside(`starts/${slug}`), 'utf8')));
  return all.map((text) => text.trim().split('\n').length);
};
const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
const isFresh = async (slug: string) => {
  const { stale, failure, refresh } = await ours.world.read(slug);
  return !stale && failure === null && refresh === null;
};

describe('a worker that is killed while checks hang, ignore TERM, leave their session and flood', () => {
  it.skipIf(level !== 'namespaces')(
    'leaves nothing of them, and another worker judges every repository',
    async () => {
      const before = await rows();
      // Two at once each, so that all four run.
      ours.env = { ...ours.env, DOI_CONCURRENCY: '2', DOI_CHECK_TIMEOUT: '120' };
      const workers = [ours.startWorker(), ours.startWorker()];
      await until(starts, (all) => all?.every((count) => count === 2) ?? false, 180_000);
      await writeFile(beside('go'), '');
      await until(() => isThere(beside('flows')), Boolean);
      for (const slug of SLUGS) expect(await ours.checksOf(slug)).not.toEqual([]);
      expect(await ours.world.sql`select from doi_failure`).toEqual([]);
      for (const one of workers) one.signal('SIGKILL');
      const killed = performance.now();
      await Promise.all(workers.map((one) => one.done));
      await until(ours.processes, ({ length }) => length === 0, 5 * GONE_MS);
      const goneMs = performance.now() - killed;
      expect(await rows()).toEqual(before);

      for (const slug of SLUGS) await ours.behaves(slug);
      ours.startWorker();
      await until(
        async () => (await Promise.all(SLUGS.map(isFresh))).every(Boolean),
        Boolean,
        5 * TAKEN_OVER_MS,
      );
      const judgedMs = performance.now() - killed;
      console.log(
        `after the kill: nothing left in ${Math.round(goneMs)} ms, all judged in ${Math.round(judgedMs)} ms`,
      );
    },
    400_000,
  );
});
