/** Reads while the file system of some checkouts hangs. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckoutProber } from '../../../src/inputs/probe/checkout-prober.js';
import { makeHttpServer } from '../../../src/platform/http/server.js';
import { openLog } from '../../../src/platform/log.js';
import { distPath } from '../../../src/platform/process/package-root.js';
import { Scope } from '../../../src/platform/process/shutdown.js';
import { addReaderRoutes } from '../../../src/reader/routes/index.js';
import { openWorld, type World } from '../../helpers/world.js';

/** How long a checkout may take to answer a read, in milliseconds. */
const BUDGET_MS = 100;

const scope = new Scope();
let world: World;
beforeAll(async () => {
  world = scope.add('world', await openWorld('hung-device'), (it) => it.close());
  for (const slug of ['nas-1', 'nas-2', 'fine']) {
    await world.add(slug, { 'SCOPE.md': '# Scope\n' });
    await world.evaluate(slug);
  }
  await writeFile(
    join(world.folder, 'mountinfo'),
    `1 0 8:1 / / rw - ext4 /dev/sda1 rw
2 1 0:40 / ${world.folder}/nas-1 rw - nfs4 nas:/x rw
3 1 0:40 / ${world.folder}/nas-2 rw - nfs4 nas:/x rw\n`,
  );
  // Probes normally until the flag is set; then the device hangs.
  await writeFile(
    join(world.folder, 'entry.mjs'),
    `import { existsSync } from 'node:fs';
     import { probeCheckout } from ${JSON.stringify(distPath('inputs/probe/probe-checkout.js'))};
     import { serveTasks } from ${JSON.stringify(distPath('platform/threads/serve-tasks.js'))};
     serveTasks(({ target, options }) => {
       if (target.path.includes('/nas-') && existsSync(${JSON.stringify(join(world.folder, 'hangs'))}))
         Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
       return probeCheckout(target, options);
     });`,
  );
});
afterAll(() => scope.close());

/** A server without a cache, whose device answered a moment ago and now hangs. */
async function serveHung(probeTimeoutMs: number) {
  await rm(join(world.folder, 'hangs'), { force: true });
  const files = { entry: join(world.folder, 'entry.mjs'), mountinfo: join(world.folder, 'mountinfo') };
  const prober = scope.add('prober', new CheckoutProber(files), (it) => it.close());
  const http = makeHttpServer({ log: openLog('test', 'silent'), address: '127.0.0.1', readToken: undefined });
  addReaderRoutes(http, { ...world.deps, prober, probeTimeoutMs, freshMs: 0 });
  scope.add('http', http, (it) => it.close());
  const all = await Promise.all(['nas-1', 'nas-2', 'fine'].map((slug) => read(http, slug)));
  for (const { report } of all) expect(report).toMatchObject({ stale: false, verified: 'probed' });
  await writeFile(join(world.folder, 'hangs'), '');
  return { http };
}

async function read(http: FastifyInstance, slug: string) {
  const began = performance.now();
  const reply = await http.inject(`/repos/${slug}/doi`);
  return { status: reply.statusCode, report: reply.json(), ms: performance.now() - began };
}

const NOT_VERIFIED = {
  stale: true,
  verified: 'registry',
  stale_reasons: expect.arrayContaining([
    expect.objectContaining({ input: 'SCOPE.md', code: 'not_verified' }),
  ]),
};

describe('while a file system hangs', () => {
  it('a report of a checkout on it is answered within the budget as not verified, and the next one at once', async () => {
    const { http } = await serveHung(BUDGET_MS);
    const first = await read(http, 'nas-1');
    expect(first).toMatchObject({ status: 200, report: NOT_VERIFIED });
    expect(first.ms).toBeLessThan(5 * BUDGET_MS);
    for (const slug of ['nas-1', 'nas-2']) {
      const next = await read(http, slug);
      expect(next.report).toMatchObject(NOT_VERIFIED);
      expect(next.report.stale_reasons[0].text).toContain('did not answer a short while ago');
    }
  });

  it('a report of a checkout elsewhere is compared meanwhile, and the others are answered within the limit of a read', async () => {
    const { http } = await serveHung(20_000);
    const hung = read(http, 'nas-1');
    for (let n = 0; n < 100; n += 1) {
      const { status, report } = await read(http, 'fine');
      expect(status).toBe(200);
      expect(report).toMatchObject({ stale: false, verified: 'probed' });
    }
    const { ms, ...answer } = await hung;
    expect(answer).toMatchObject({ status: 200, report: NOT_VERIFIED });
    expect(ms).toBeLessThan(5 * 2000);
  });
});
