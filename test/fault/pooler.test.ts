import { type AddressInfo, connect, createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/program.js';
import { examinePostgres } from '../../src/doctor/postgres.js';
import { systemClock } from '../../src/platform/clock.js';
import { readConfig } from '../../src/platform/config.js';
import { openLog } from '../../src/platform/log.js';
import { checkSession } from '../../src/platform/postgres/session.js';
import { closeSql, openSql, type Sql } from '../../src/platform/postgres/sql.js';
import { Scope } from '../../src/platform/process/shutdown.js';
import { checkDatabase } from '../../src/web/check-database.js';
import { runWeb } from '../../src/web/run-web.js';
import { runWorker } from '../../src/worker/run-worker.js';
import { openTestDatabase, type TestDatabase } from '../helpers/test-database.js';
import { linesOf } from '../integration/doctor/examine.js';
import { type DatabaseProxy, startProxy } from './database-proxy.js';

const LIMITS = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];
const REFUSED = {
  code: 'bad_configuration',
  message: expect.stringMatching(/^DOI_SCHEMA is own, and has no effect/),
  remedy: expect.stringContaining('set search_path = own, public'),
};

const all = new Scope();
let database: TestDatabase;
beforeAll(async () => {
  database = all.add('database', await openTestDatabase(), (it) => it.close());
});
afterAll(() => all.close());

let scope: Scope;
let pooler: DatabaseProxy;
beforeEach(async () => {
  scope = new Scope();
  pooler = scope.add('pooler', await startProxy(database.url), (it) => it.close());
});
afterEach(() => scope.close());

/** As a pooler with `ignore_startup_parameters` does. */
function drop(names: readonly string[]): void {
  pooler.rewriteFirst((startup) => {
    const words = startup.subarray(8, -1).toString().split('\0').slice(0, -1);
    const kept = words.filter((_, index) => !names.includes(words[index - (index % 2)] ?? ''));
    const body = Buffer.from(`${kept.map((word) => `${word}\0`).join('')}\0`);
    const head = Buffer.from(startup.subarray(0, 8));
    head.writeInt32BE(head.length + body.length);
    return Buffer.concat([head, body]);
  });
}

const open = (schema?: string): Sql =>
  scope.add('pool', openSql({ url: pooler.url, schema, purpose: 'test', connections: 1 }), closeSql);

const log = openLog('test', 'silent');
const configured = (more: Record<string, string> = {}) =>
  readConfig({ DATABASE_URL: pooler.url, REDIS_URL: 'redis://127.0.0.1:1', PORT: '0', ...more });

describe('when a pooler drops the search path, DOI_SCHEMA has no effect, and', () => {
  beforeEach(() => drop(['search_path']));

  it.each([['migrate'], ['summary'], ['refresh', 'x']])(
    'doi %s refuses, and makes nothing',
    async (...argv) => {
      const chunks: string[] = [];
      const sink = { write: (text: string) => chunks.push(text) } as never;
      const env = { DATABASE_URL: pooler.url, REDIS_URL: 'redis://127.0.0.1:1', DOI_SCHEMA: 'own' };
      expect(await run(argv, { env, stdout: sink, stderr: sink } as never)).toBe(3);
      expect(chunks.join('')).toContain('DOI_SCHEMA is own, and has no effect');
      expect(await database.sql`select to_regnamespace('own') as made`).toEqual([{ made: null }]);
    },
  );

  it.each([
    ['web', runWeb],
    ['worker', runWorker],
  ])('a %s process refuses to start', async (_name, start) => {
    await expect(start(configured({ DOI_SCHEMA: 'own' }), log, scope)).rejects.toMatchObject(REFUSED);
  });

  it('a web process that started without the database is refused as soon as the database answers', async () => {
    const sql = openSql({
      url: pooler.url,
      schema: 'own',
      purpose: 'test',
      connections: 1,
      connectTimeoutMs: 100,
    });
    scope.add('pool', sql, closeSql);
    pooler.silence();
    const refused = new Promise((resolve, reject) => {
      checkDatabase(sql, { config: { schema: 'own' }, log, scope }, resolve as never).then(
        pooler.resume,
        reject,
      );
    });
    expect(await refused).toMatchObject(REFUSED);
  });

  it('doctor calls it a problem', async () => {
    const subject = { url: pooler.url, sql: open('own'), schema: 'own', clock: systemClock };
    const lines = await linesOf(async (report) => void (await examinePostgres(subject, report)));
    expect(lines['search path']).toMatchObject({ state: 'problem', found: REFUSED.message });
  });
});

it('when a schema is missing, a worker says that it has to be migrated, and uses no other one', async () => {
  await expect(runWorker(configured({ DOI_SCHEMA: 'own' }), log, scope)).rejects.toMatchObject({
    code: 'schema_incompatible',
    remedy: 'Run "doi migrate".',
  });
});

describe('when a pooler drops the limits', () => {
  it('doctor warns with the commands that set them, and no longer once these were run', async () => {
    drop(LIMITS);
    const subject = { url: pooler.url, sql: open(), schema: undefined, clock: systemClock };
    const linesNow = () => linesOf(async (report) => void (await examinePostgres(subject, report)));
    const { remedy } = (await linesNow())['limits'] ?? {};
    for (const name of LIMITS) expect(remedy).toMatch(new RegExp(`alter role … set ${name} = '\\d+s';`));
    for (const name of LIMITS) await subject.sql.unsafe(`set ${name} = '7s'`);
    expect((await linesNow())['limits']).toMatchObject({ state: 'ok' });
  });

  it('a process that starts logs which', async () => {
    const lines: unknown[] = [];
    const check = () =>
      checkSession(open(), { schema: undefined, log: { warn: (it: unknown) => lines.push(it) } as never });
    await check();
    expect(lines).toEqual([]);
    drop(['statement_timeout']);
    await check();
    expect(lines).toMatchObject([{ dropped: [{ name: 'statement_timeout', wanted: '30000', found: '0' }] }]);
  });
});

it('when a pooler refuses the parameter that turns JIT off, then the connection is made without it', async () => {
  const words = 'SFATAL\0C08P01\0Munsupported startup parameter: jit\0\0';
  const refusal = Buffer.concat([Buffer.from('E\0\0\0\0'), Buffer.from(words)]);
  refusal.writeInt32BE(refusal.length - 1, 1);
  const { hostname, port } = new URL(database.url);
  const server = createServer((client) => {
    client.on('error', () => {});
    client.once('data', (startup: Buffer) => {
      if (startup.includes('\0jit\0')) return void client.end(refusal);
      const upstream = connect(Number(port), hostname).on('error', () => {});
      upstream.write(startup);
      client.pipe(upstream).pipe(client);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scope.add('refusing pooler', server, (it) => void it.close());
  const url = new URL(database.url);
  url.port = String((server.address() as AddressInfo).port);
  const sql = openSql({ url: url.href, purpose: 'test', connections: 1 });
  scope.add('pool', sql, closeSql);
  const [row] =
    await sql`select current_setting('plan_cache_mode') as mode, current_setting('application_name') as name`;
  expect(row).toEqual({ mode: 'force_generic_plan', name: 'doi-worker test' });
});
