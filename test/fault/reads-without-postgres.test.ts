import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeSql, openSql } from '../../src/platform/postgres/sql.js';
import { readRelease } from '../../src/platform/process/package-root.js';
import { Scope } from '../../src/platform/process/shutdown.js';
import { registerRepositories } from '../../src/registry/register.js';
import { announceHost } from '../../src/store/hosts/heartbeat.js';
import { beginSweep } from '../../src/store/sweeps.js';
import { type FaultServer, startPostgres } from '../helpers/fault-servers.js';
import { type Answer, expectAllRead, READS, readOnce } from '../helpers/reads.js';
import { makeTempFolder, removeFolder } from '../helpers/temp-folder.js';
import { startWeb } from '../integration/web/web.js';
import { type DatabaseProxy, startProxy } from './database-proxy.js';

/** A dead server is noticed at once; a silent one after 3 s. The test allows five times that. */
const DEAD_MS = 5 * 200;
const SILENT_MS = 5 * 3000;
/** The thread that prepares the summary notices a dead server at once, and a silent one when it reads next, 5 s later. */
const SUMMARY_DEAD_MS = 5 * 1000;
const SUMMARY_SILENT_MS = 5 * (5000 + 3000);

const scope = new Scope();
let postgres: FaultServer;
let proxy: DatabaseProxy;
let url: string;
beforeAll(async () => {
  postgres = scope.add('postgres', await startPostgres(), (it) => it.close());
  proxy = scope.add('proxy', await startProxy(postgres.url), (it) => it.close());
  const folder = scope.add('folder', await makeTempFolder('thing'), removeFolder);
  const sql = openSql({ url: postgres.url, purpose: 'test', connections: 1 });
  await registerRepositories(sql, { paths: [folder], host: 'here', slug: 'thing' });
  await announceHost(sql, {
    ...{ host: 'here', version: readRelease().version, capacity: 1, isolation: 'none' },
  });
  await beginSweep(sql, { trigger: 'test', host: 'here' });
  // Waits for the disk, and so for what was written before.
  await sql`create table kept ()`;
  await closeSql(sql);
});
afterAll(() => scope.close());

async function start(databaseUrl: string): Promise<void> {
  url = await startWeb(scope, { databaseUrl });
  await expectAllReadAgain();
}

const expectAllReadAgain = () =>
  expect.poll(() => expectAllRead(url, SILENT_MS).then(() => true, String), { timeout: 30_000 }).toBe(true);

const expectSummaryRefused = (timeout: number) =>
  expect.poll(async () => (await readOnce(`${url}/repos/doi/summary`)).status, { timeout }).toBe(503);

function expectRefusal(path: string, { status, headers, body }: Answer): void {
  expect(status, path).toBe(503);
  expect(headers.get('content-type'), path).toContain('application/problem+json');
  expect(headers.get('retry-after'), path).toMatch(/^\d+$/);
  expect(body, path).toMatchObject({ status: 503, code: 'database_unavailable' });
}

describe('every read is a 503 with Retry-After, and answered again without a restart', () => {
  it('while PostgreSQL is dead: at once, and each time', async () => {
    await start(postgres.url);
    await postgres.kill();
    await expectSummaryRefused(SUMMARY_DEAD_MS);
    for (let round = 0; round < 3; round += 1) {
      for (const { path } of READS) {
        const answer = await readOnce(url + path);
        expectRefusal(path, answer);
        expect(answer.ms, path).toBeLessThan(DEAD_MS);
      }
    }
    await postgres.restart();
    await expectAllReadAgain();
  }, 240_000);

  it('while PostgreSQL is silent: as soon as the process has noticed', async () => {
    await start(proxy.url);
    proxy.silence();
    await expectSummaryRefused(SUMMARY_SILENT_MS);
    const answers = await Promise.all(READS.map(({ path }) => readOnce(url + path)));
    for (const [at, answer] of answers.entries()) {
      const path = READS[at]?.path ?? '';
      expectRefusal(path, answer);
      expect(answer.ms, path).toBeLessThan(SILENT_MS);
    }
    proxy.resume();
    await expectAllReadAgain();
  }, 300_000);
});
