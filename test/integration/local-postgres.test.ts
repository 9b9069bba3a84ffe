import { once } from 'node:events';
import { chmod, lstat, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LocalPostgres, startLocalPostgres } from '../../src/local/postgres.js';
import { findOtherUser, inNamespace, type RunAs, withCapability } from '../../src/local/run-as.js';
import { parseDatabaseUrl } from '../../src/platform/postgres/database-url.js';
import { closeSql, openSql } from '../../src/platform/postgres/sql.js';
import { makeDataFolder, removeFolder } from '../helpers/temp-folder.js';

const options = { fsync: 'off' };
const isRoot = process.getuid?.() === 0;

let dir: string;
let running: LocalPostgres[];
beforeEach(async () => {
  dir = await makeDataFolder('postgres');
  running = [];
});
afterEach(async () => {
  for (const server of running) await server.stop();
  await removeFolder(dir);
});

async function start(more: { runAs?: RunAs; dir?: string; port?: number } = {}): Promise<LocalPostgres> {
  const server = await startLocalPostgres({ dir, options, ...more });
  running.push(server);
  return server;
}

async function query(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const sql = openSql({ url, purpose: 'test', connections: 1 });
  try {
    return [...(await sql.unsafe(statement))];
  } finally {
    await closeSql(sql);
  }
}

/** The file of the socket that a URL leads to. */
function socketOf(url: string): string {
  const [place] = parseDatabaseUrl(url).places;
  if (place === undefined || !('path' in place)) throw new Error(`No socket: ${url}`);
  return place.path;
}

test('when an earlier release created the data as the superuser, then the role without its rights gets them', async () => {
  const first = await start();
  const things = `create table kept (id int generated always as identity); create sequence counted;
    create schema other; create view other.seen as select id from kept; create type kind as enum ('a');
    create function one() returns int language sql return 1; insert into kept default values`;
  await query(first.adminUrl, things);
  await first.stop();
  const { url } = await start();
  const [role] = await query(
    url,
    'select rolsuper, rolcreaterole, rolname from pg_roles where rolname = user',
  );
  expect(role).toEqual({ rolsuper: false, rolcreaterole: false, rolname: 'doi_app' });
  await expect(query(url, "copy (select 1) to program 'true'")).rejects.toThrow('permission denied');
  const used = `alter table kept add column more text; insert into kept default values; select nextval('counted');
    drop view other.seen; drop schema other; drop type kind; drop function one()`;
  await query(url, used);
  expect(await query(url, 'select id from kept')).toEqual([{ id: 1 }, { id: 2 }]);
});

test('data survive a kill of the server', async () => {
  const first = await start();
  await query(first.url, 'create table kept (id int); insert into kept values (7)');
  await query(first.adminUrl, 'checkpoint');
  first.kill('SIGKILL');
  await first.exited;
  // What PostgreSQL would take for a server that runs.
  expect(await stat(`${socketOf(first.url)}.lock`)).toBeDefined();
  const second = await start();
  expect(await query(second.url, 'select id from kept')).toEqual([{ id: 7 }]);
});

test('our PostgreSQL listens at no port, and accepts connections only at its socket, by password', async () => {
  const { url, adminUrl } = await start();
  const [row] = await query(
    adminUrl,
    `select current_setting('listen_addresses') as addresses,
      (select string_agg(distinct auth_method, ',') from pg_hba_file_rules) as methods`,
  );
  expect(row).toEqual({ addresses: '', methods: 'scram-sha-256' });
  const socket = socketOf(url);
  expect((await stat(dirname(socket))).mode & 0o777).toBe(0o700);
  expect((await stat(socket)).mode & 0o777).toBe(0o700);
  await expect(query(url.replace(/:[^:@]+@/, ':wrong@'), 'select 1')).rejects.toThrow(/password/);
});

test('where its path is too long for a socket, the socket is in a temporary folder that no other user can enter', async () => {
  const server = await start({ dir: join(dir, 'x'.repeat(100)) });
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  const folder = dirname(socketOf(server.url));
  expect(folder).toMatch(new RegExp(`^${tmpdir()}/doi-\\w+$`));
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  await server.stop();
  await expect(stat(folder)).rejects.toThrow(/ENOENT/);
});

test('no other user may read the password and the data', async () => {
  await start();
  const mode = async (path: string) => (await stat(join(dir, path))).mode & 0o777;
  expect([await mode('password'), await mode('postgres.log'), await mode('data')]).toEqual([
    0o600, 0o600, 0o700,
  ]);
});

test('text is compared in the same way on every machine', async () => {
  const { url } = await start();
  expect(await query(url, "select 'a' < 'B' as locale_order, upper('ä') as upper")).toEqual([
    { locale_order: false, upper: 'Ä' },
  ]);
});

test('neither the id of another process nor an empty file prevents a start', async () => {
  const first = await start();
  const file = join(dir, 'data/postmaster.pid');
  const text = await readFile(file, 'utf8');
  await first.stop();
  await writeFile(file, text.replace(/^\d+/, String(process.ppid)));
  const second = await start();
  await second.stop();
  await writeFile(file, '');
  await expect(start()).resolves.toBeDefined();
});

test('after a start that was killed while it created the data, the next one creates them', async () => {
  await mkdir(join(dir, 'data.unfinished'));
  await writeFile(join(dir, 'data.unfinished/PG_VERSION'), '18');
  await expect(start()).resolves.toBeDefined();
});

test('when another program uses the port, then the error says so', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await expect(start({ port })).rejects.toMatchObject({
    code: 'services_missing',
    message: expect.stringContaining('could not bind'),
  });
  other.close();
});

describe.runIf(isRoot)('as root', () => {
  const user = findOtherUser('postgres:x:70000:70000::/:/bin/sh');

  test.each([
    { name: 'a user namespace', make: inNamespace },
    { name: 'another user with a capability', make: withCapability },
  ])(
    '$name reaches data in a folder that is closed to others, and opens it to no other user',
    async ({ make }) => {
      const closed = join(dir, 'closed');
      await mkdir(closed, { mode: 0o700 });
      await chmod(closed, 0o700);
      const runAs = make(findOtherUser(await readFile('/etc/passwd', 'utf8')));
      const { url } = await start({ dir: join(closed, 'postgres'), runAs });
      expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
      expect((await stat(closed)).mode & 0o777).toBe(0o700);
      expect((await lstat(join(closed, 'postgres/data'))).uid).toBe(runAs.owner?.uid);
    },
  );

  test('data made in one of these ways can be used in the other', async () => {
    const other = findOtherUser(await readFile('/etc/passwd', 'utf8'));
    for (const runAs of [inNamespace(other), withCapability(other), inNamespace(other)]) {
      const server = await start({ runAs });
      await query(server.url, 'create table if not exists kept (id int); insert into kept values (1)');
      await server.stop();
    }
    const server = await start();
    expect(await query(server.url, 'select count(*)::int as n from kept')).toEqual([{ n: 3 }]);
  });

  test('the user that it runs as is not root', () => {
    expect(user).toEqual({ uid: 70_000, gid: 70_000 });
    expect(findOtherUser('root:x:0:0::/:/bin/sh\nnobody:x:65534:65533::/:/bin/sh')).toEqual({
      uid: 65_534,
      gid: 65_533,
    });
  });
});
