import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { closeSql, databaseError, openSql, type Sql } from '../../src/platform/postgres/sql.js';
import { Scope } from '../../src/platform/process/shutdown.js';
import { makeTempFolder, removeFolder } from '../helpers/temp-folder.js';
import { openTestDatabase, type TestDatabase } from '../helpers/test-database.js';

const scope = new Scope();
let database: TestDatabase;
interface Credentials {
  readonly file: string;
  readonly cert: Buffer;
  readonly key: Buffer;
}
let forName: Credentials;
let forAddress: Credentials;
beforeAll(async () => {
  const folder = scope.add('folder', await makeTempFolder('tls'), removeFolder);
  forName = makeCredentials(join(folder, 'name'), 'DNS:localhost');
  forAddress = makeCredentials(join(folder, 'address'), 'IP:127.0.0.1');
  database = scope.add('database', await openTestDatabase({ empty: true }), (it) => it.close());
});
afterAll(() => scope.close());

function makeCredentials(path: string, name: string): Credentials {
  const [cert, key] = [`${path}.crt`, `${path}.key`];
  const names = ['-subj', '/CN=test', '-addext', `subjectAltName=${name}`];
  const flags = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', ...flags, ...names], { stdio: 'pipe' });
  return { file: cert, cert: readFileSync(cert), key: readFileSync(key) };
}

let opened: Scope;
let server: Encrypted;
let credentials: Credentials;
beforeEach(async () => {
  opened = new Scope();
  credentials = forName;
  server = opened.add('server', await encrypt(database.url, () => credentials), (it) => it.close());
});
afterEach(() => opened.close());

interface Encrypted {
  readonly port: number;
  silence(): void;
  close(): Promise<void>;
}

/** Takes TLS as PostgreSQL does, after a client has asked for it in plain. */
async function encrypt(url: string, credentials: () => Credentials): Promise<Encrypted> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let silent = false;
  const listener = createServer((raw) => {
    raw.once('data', () => {
      raw.pause();
      raw.write('S');
      const client = new TLSSocket(raw, { isServer: true, ...credentials() });
      const upstream = connect(Number(target.port), target.hostname);
      for (const socket of [raw, client, upstream]) {
        sockets.add(socket);
        // A refused certificate ends it; the test checks the client.
        socket.on('error', () => upstream.destroy());
      }
      client.on('data', (sent) => {
        if (!silent) upstream.write(sent);
      });
      upstream.on('data', (answer) => client.write(answer));
      client.on('close', () => upstream.destroy());
      upstream.on('close', () => client.destroy());
    });
    raw.on('error', () => raw.destroy());
  }).listen(0);
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    silence: () => {
      silent = true;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

function open(mode: string, host = 'localhost', root?: Credentials): Sql {
  const url = new URL(database.url);
  url.host = `${host}:${server.port}`;
  url.searchParams.set('sslmode', mode);
  if (root !== undefined) url.searchParams.set('sslrootcert', root.file);
  const settings = { purpose: 'test', connections: 1, statementTimeoutMs: 1000, silenceMarginMs: 500 };
  return opened.add('pool', openSql({ url: url.href, ...settings }), closeSql);
}

const failure = async (query: Promise<unknown>) =>
  databaseError(await query.catch((error: unknown) => error));

describe('a connection in TLS', () => {
  it('carries queries of any size', async () => {
    const sql = open('require');
    const text = 'x'.repeat(3_000_000);
    const [row] = await sql<{ text: string }[]>`select ${text} || 'y' as text`;
    expect(row?.text === `${text}y`).toBe(true);
  });

  it('that goes silent under a query makes it fail after the limit', async () => {
    const sql = open('require');
    await sql`select 1`;
    server.silence();
    expect(await failure(sql`select 2`)).toMatchObject({ code: 'database_unavailable' });
  });

  it('that is cut under a query makes it fail', async () => {
    const sql = open('require');
    await sql`select 1`;
    const query = failure(sql`select pg_sleep(0.2)`);
    setImmediate(() => void server.close());
    expect(await query).toMatchObject({ code: 'database_unavailable' });
  });

  it('to a server whose certificate no authority signed is refused, and counts against no repository', async () => {
    expect(await failure(open('verify-full')`select 1`)).toMatchObject({
      code: 'database_unavailable',
      message: expect.stringContaining('SELF_SIGNED'),
    });
  });

  it.each<[string, string, () => Credentials]>([
    ['verify-full', 'localhost', () => forName],
    ['verify-full', '127.0.0.1', () => forAddress],
    ['verify-ca', '127.0.0.1', () => forName],
    ['require', '127.0.0.1', () => forName],
  ])(
    'with %s to %s takes a certificate that was signed by sslrootcert for it',
    async (mode, host, signed) => {
      credentials = signed();
      expect(await open(mode, host, credentials)`select 1 as one`).toEqual([{ one: 1 }]);
    },
  );

  it.each<[string, string, string, () => Credentials, () => Credentials]>([
    ['verify-full', '127.0.0.1', 'ALTNAME', () => forName, () => forName],
    ['verify-full', 'localhost', 'ALTNAME', () => forAddress, () => forAddress],
    ['verify-ca', 'localhost', 'SELF_SIGNED', () => forName, () => forAddress],
    ['require', 'localhost', 'SELF_SIGNED', () => forName, () => forAddress],
  ])('with %s to %s refuses a certificate that does not fit (%s)', async (mode, host, why, shown, root) => {
    credentials = shown();
    const message = expect.stringContaining(why);
    expect(await failure(open(mode, host, root())`select 1`)).toMatchObject({ message });
  });

  it('is in plain with sslmode=prefer where the server has no TLS, and fails with sslmode=require', async () => {
    const plain = new URL(database.url);
    plain.searchParams.set('sslmode', 'prefer');
    const settings = { purpose: 'test', connections: 1 };
    const sql = opened.add('pool', openSql({ url: plain.href, ...settings }), closeSql);
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
    plain.searchParams.set('sslmode', 'require');
    const strict = opened.add('pool', openSql({ url: plain.href, ...settings }), closeSql);
    expect(await failure(strict`select 1`)).toMatchObject({ code: 'database_unavailable' });
  });

  it.each<[string, (socket: Socket) => void]>([
    ['says nothing more', () => {}],
    ['ends it', (socket) => socket.end()],
    ['sends more than that', (socket) => socket.write('S')],
  ])('to a server that agrees to TLS and %s fails, and the process goes on', async (_how, react) => {
    const sockets = new Set<Socket>();
    const listener = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('data', () => {
        socket.cork();
        socket.write('S');
        react(socket);
        socket.uncork();
      });
    }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    opened.add('listener', listener, (it) => {
      for (const socket of sockets) socket.destroy();
      it.close();
    });
    const url = `postgres://nobody@127.0.0.1:${(listener.address() as AddressInfo).port}/none?sslmode=require`;
    const sql = openSql({ url, purpose: 'test', connections: 1, connectTimeoutMs: 300 });
    opened.add('pool', sql, closeSql);
    expect(await failure(sql`select 1`)).toMatchObject({ code: 'database_unavailable' });
    expect(await failure(sql`select 1`)).toMatchObject({ code: 'database_unavailable' });
  });
});
