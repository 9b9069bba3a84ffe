import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  closeSql,
  databaseError,
  openSql,
  type Sql,
  type SqlOptions,
} from '../../src/platform/postgres/sql.js';
import { Scope } from '../../src/platform/process/shutdown.js';
import { openTestDatabase, type TestDatabase } from '../helpers/test-database.js';
import { type DatabaseProxy, startProxy } from './database-proxy.js';

let scope: Scope;
let database: TestDatabase;
let proxy: DatabaseProxy;
beforeEach(async () => {
  scope = new Scope();
  database = scope.add('database', await openTestDatabase({ empty: true }), (it) => it.close());
  proxy = scope.add('proxy', await startProxy(database.url), (it) => it.close());
});
afterEach(() => scope.close());

function open(settings: Partial<SqlOptions> = {}): Sql {
  const all = { url: proxy.url, purpose: 'test', connections: 1, ...settings };
  return scope.add('pool', openSql(all), closeSql);
}

const QUICK = { statementTimeoutMs: 1000, silenceMarginMs: 500 };
const codeOf = (query: Promise<unknown>) =>
  query.then(
    () => 'answered',
    (error: unknown) => (databaseError(error) as { code?: unknown }).code,
  );

async function listen(onConnection: (socket: Socket) => void): Promise<string> {
  const server = createServer(onConnection).listen(0, '127.0.0.1');
  await once(server, 'listening');
  scope.add('server', server, (it) => void it.close());
  return `postgres://nobody@127.0.0.1:${(server.address() as AddressInfo).port}/none`;
}

describe('a server that accepts connections and closes them', () => {
  it.each([
    ['at once', ''],
    ['after a part of the greeting', 'R\0\0\0\x08'],
    ['after a word of another protocol', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ])('%s makes a query fail after one try, and the pool stays of use', async (_when, greeting) => {
    let taken = 0;
    const url = await listen((socket) => {
      taken += 1;
      socket.on('error', () => {});
      socket.end(greeting, 'latin1');
    });
    const sql = open({ url });
    expect(await codeOf(sql`select 1`)).toBe('database_unavailable');
    expect(taken).toBe(1);
    expect(await codeOf(sql`select 1`)).toBe('database_unavailable');
    expect(taken).toBe(2);
  });

  it('at the first statement, fails the query, and does not end the process', async () => {
    const sql = open();
    const PARSE = 0x50;
    proxy.watch((sent, client) => {
      if (sent[0] === PARSE) client.destroy();
    });
    expect(await codeOf(sql`select 1`)).toBe('database_unavailable');
    proxy.watch(() => {});
    expect(await codeOf(sql`select 1`)).toBe('answered');
  });

  it('between two queries, fails at most the query that meets it, and the pool reconnects', async () => {
    const sql = open();
    await sql`select 1`;
    proxy.watch((_sent, client) => client.destroy());
    expect(await codeOf(sql`select 2`)).toBe('database_unavailable');
    proxy.watch(() => {});
    expect(await codeOf(sql`select 3`)).toBe('answered');
  });
});

describe('a server that cannot be reached', () => {
  it.each([
    ['a port that is no port', 'postgres://nobody@127.0.0.1:0/none'],
    ['a port where nothing listens', 'postgres://nobody@127.0.0.1:1/none'],
    ['an address that is refused at once', 'postgres://nobody@255.255.255.255/none'],
  ])('makes each query fail, and no more than that: %s', async (_what, url) => {
    const sql = open({ url });
    expect(await codeOf(sql`select 1`)).toBe('database_unavailable');
    expect(await codeOf(sql`select 1`)).toBe('database_unavailable');
  });

  it.each<[string, (socket: Socket) => void]>([
    ['ends the connection', (socket) => socket.end()],
    ['refuses with its first word', (socket) => socket.end(refusal('57P03'))],
    ['says nothing', () => {}],
  ])(
    'is passed over within the same query for the next one that the URL names, where it %s',
    async (_how, react) => {
      let taken = 0;
      const first = await listen((socket) => {
        taken += 1;
        socket.on('error', () => {});
        socket.once('data', () => react(socket));
      });
      const two = proxy.url.replace('@', `@127.0.0.2:1,127.0.0.1:${new URL(first).port},`);
      const sql = open({ url: two, connectTimeoutMs: 1500 });
      expect(await codeOf(sql`select 1`)).toBe('answered');
      proxy.cut();
      expect(await codeOf(sql`select 1`)).toBe('database_unavailable');
      // The one that answered is asked first from then on.
      expect(await codeOf(sql`select 1`)).toBe('answered');
      expect(taken).toBe(1);
    },
  );

  it('says why for each address when all of them refuse', async () => {
    const first = await listen((socket) => socket.end(refusal('53300')));
    const sql = open({ url: `${first.replace('/none', '')},127.0.0.1:1/none` });
    await expect(sql`select 1`).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(sql`select 1`).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

/** The answer of a server that accepts no client. */
function refusal(code: string): Buffer {
  const fields = Buffer.from(`SFATAL\0C${code}\0Mnot now\0\0`);
  const head = Buffer.alloc(5, 'E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

describe('a server that goes silent', () => {
  it('under a query, fails it after the limit, and the pool reconnects', async () => {
    const sql = open(QUICK);
    await sql`select 1`;
    proxy.silence();
    expect(await codeOf(sql`select 2`)).toBe('database_unavailable');
    proxy.resume();
    expect(await codeOf(sql`select 3`)).toBe('answered');
    expect(proxy.taken()).toBe(2);
  });

  it('after one of several answers, fails the queries without an answer', async () => {
    const sql = open(QUICK);
    await sql`select 1`;
    const first = codeOf(sql`select pg_sleep(0.1)`);
    await new Promise((resolve) => proxy.watch(resolve));
    proxy.deafen();
    const others = [sql`select 2`, sql`select 3`].map(codeOf);
    expect(await first).toBe('answered');
    expect(await Promise.all(others)).toEqual(['database_unavailable', 'database_unavailable']);
  });

  it('within a transaction, fails it, and the process and the pool go on', async () => {
    const sql = open(QUICK);
    const work = sql.begin(async (transaction) => {
      await transaction`select 1`;
      proxy.silence();
      await transaction`select 2`;
    });
    expect(await codeOf(work)).toBe('database_unavailable');
    proxy.resume();
    expect(await codeOf(sql`select 3`)).toBe('answered');
  });

  it('is noticed although statements are sent to it all the time', async () => {
    const sql = open(QUICK);
    await sql`select 1`;
    proxy.silence();
    const began = performance.now();
    const first = codeOf(sql`select 2`);
    const more = setInterval(() => void codeOf(sql`select 3`), 100);
    expect(await first).toBe('database_unavailable');
    clearInterval(more);
    expect(performance.now() - began).toBeLessThan(5 * 1500);
    proxy.resume();
  });

  it('while no query waits for an answer, keeps its connection', async () => {
    const sql = open(QUICK);
    await sql`select 1`;
    await new Promise((resolve) => setTimeout(resolve, 2200));
    expect(await codeOf(sql`select 2`)).toBe('answered');
    expect(proxy.taken()).toBe(1);
  });

  it('is not taken for silent when this process itself stood still', async () => {
    const sql = open({ ...QUICK, url: database.url });
    const backend = async () => (await sql`select pg_backend_pid() as pid`)[0]?.['pid'];
    const before = await backend();
    const answer = codeOf(sql`select 2`);
    // The driver sends in the first turn of the event loop.
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500);
    expect(await answer).toBe('answered');
    expect(await backend()).toBe(before);
  });
});
