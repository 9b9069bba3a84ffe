/** Starts the built-in PostgreSQL, with its data in one folder and a socket that no other user can reach. */
import { execFile } from 'node:child_process';
import { lchown, lstat, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DoiError } from '../domain/errors.js';
import type { Log } from '../platform/log.js';
import { postgresSocketUrl } from '../platform/settings/socket-url.js';
import { ownFolder, readOrMakeSecret } from './data-folder.js';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { prepareRole } from './postgres-role.js';
import { endStaleServer } from './postmaster-pid.js';
import { chooseRunAs, type RunAs, serverUsers } from './run-as.js';
import { PROGRAM, readLogEnd, type ServerProcess, spawnServer, waitUntilReady } from './server-process.js';
import { makeSocketFolder } from './socket-folder.js';

export interface LocalPostgresOptions {
  /** Holds the data, the password and the log; created if it is missing. */
  readonly dir: string;
  /** A loopback port to listen at too, which the URL then names. Any user of this machine can take a free port. */
  readonly port?: number;
  readonly log?: Log;
  /** Settings of the server, such as `{ fsync: 'off' }`. */
  readonly options?: Readonly<Record<string, string>>;
  /** The signal that the server gets when this process is killed; SIGINT lets it close its files cleanly. */
  readonly deathSignal?: 'SIGINT' | 'SIGKILL';
  /** How root starts it; chosen by what works on this machine unless given. */
  readonly runAs?: RunAs;
  /** Those of the installed package unless given. */
  readonly binaries?: PostgresBinaries | undefined;
}

/** A server that this process started. */
export interface LocalServer extends ServerProcess {
  readonly url: string;
}

/** A PostgreSQL server; its `url` names a role that is no superuser. */
export interface LocalPostgres extends LocalServer {
  readonly adminUrl: string;
}

const START_LIMIT_MS = 60_000;
// The superuser that the data were created with; only the start uses it.
const ADMIN = 'doi';
const ROLE = 'doi_app';
const DATABASE = 'doi';
const run = promisify(execFile);

/** Where a server has its files, and how it is started. */
interface Place {
  readonly data: string;
  readonly passwordFile: string;
  readonly logFile: string;
  readonly binaries: PostgresBinaries;
  readonly runAs: RunAs;
}

type SocketPlace = Place & { readonly socketFolder: string };

/**
 * Starts PostgreSQL with the data in `dir`, which the first start creates.
 * @throws {DoiError} `services_missing` where it cannot be started, with the end of its log
 */
export async function startLocalPostgres(options: LocalPostgresOptions): Promise<LocalPostgres> {
  const { dir } = options;
  await ownFolder(dir, await serverUsers());
  const place: Place = {
    data: join(dir, 'data'),
    passwordFile: join(dir, 'password'),
    logFile: join(dir, 'postgres.log'),
    binaries: options.binaries ?? (await findPostgresBinaries(join(dir, 'lib'))),
    runAs: options.runAs ?? (await chooseRunAs()),
  };
  const password = await readOrMakeSecret(place.passwordFile);
  await makeData(place, options);
  await endStaleServer(place.data);
  const folder = await makeSocketFolder(dir);
  const url = (user: string, secret: string, database: string) =>
    options.port === undefined
      ? postgresSocketUrl(folder.path, { user, password: secret, database })
      : `postgres://${user}:${secret}@127.0.0.1:${options.port}/${database}`;
  const adminUrl = (database: string) => url(ADMIN, password, database);
  const role = {
    name: ROLE,
    password: await readOrMakeSecret(join(dir, 'role-password')),
    database: DATABASE,
  };
  let stop = folder.remove;
  try {
    const server = await startServer({ ...place, socketFolder: folder.path }, options);
    stop = async () => {
      await server.stop();
      await folder.remove();
    };
    await prepareRole(adminUrl, role);
    return { ...server, stop, url: url(ROLE, role.password, DATABASE), adminUrl: adminUrl(DATABASE) };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeData(place: Place, { log, options }: LocalPostgresOptions): Promise<void> {
  const { data, passwordFile, binaries, runAs } = place;
  const owner = (await lstat(data).catch(() => undefined))?.uid;
  if (owner !== undefined) {
    // An earlier start may have run with other rights, and so with another owner of the data.
    if (runAs.owner !== undefined && runAs.owner.uid !== owner) await ownTree(data, runAs.owner);
    return;
  }
  log?.info('Creating the database, since this is the first start …');
  // Renamed when complete, so that a killed start leaves no incomplete data folder.
  const unfinished = `${data}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  const [program = '', ...args] = [
    ...runAs.prefix,
    binaries.initdb,
    `--pgdata=${unfinished}`,
    `--username=${ADMIN}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    ...binaries.locale,
    '--no-instructions',
    ...(options?.['fsync'] === 'off' ? ['--no-sync'] : []),
  ];
  const env = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC', ...binaries.env };
  try {
    await run(program, args, { env, cwd: '/', timeout: START_LIMIT_MS });
  } catch (cause) {
    throw cannotStart(String((cause as { stderr?: unknown }).stderr ?? cause), { cause });
  }
  await rename(unfinished, data);
}

async function ownTree(path: string, owner: { uid: number; gid: number }): Promise<void> {
  const entries = await readdir(path, { recursive: true });
  for (const entry of ['', ...entries]) await lchown(join(path, entry), owner.uid, owner.gid);
}

async function startServer(place: SocketPlace, options: LocalPostgresOptions): Promise<ServerProcess> {
  for (let attempt = 1; ; attempt += 1) {
    const server = await spawnServer({
      name: 'PostgreSQL',
      argv: [...place.runAs.prefix, PROGRAM, place.binaries.postgres, ...serverArguments(place, options)],
      env: place.binaries.env,
      logFile: place.logFile,
      // PostgreSQL's "fast" shutdown: it rolls back open transactions and ends sessions.
      stopSignal: 'SIGINT',
      deathSignal: options.deathSignal ?? 'SIGINT',
    });
    if (await waitUntilReady(server, () => isReady(place.data, server.pid), START_LIMIT_MS)) return server;
    await server.stop();
    const end = await readLogEnd(place.logFile);
    // Sessions of a killed server take a moment to notice its end.
    const isEnding = /pre-existing shared memory block/.test(end);
    if (!isEnding || attempt === 20) throw cannotStart(`${end} (${place.logFile})`);
    await delay(250);
  }
}

function serverArguments(
  { data, socketFolder }: SocketPlace,
  { port, options }: LocalPostgresOptions,
): string[] {
  const all: Record<string, string> = {
    listen_addresses: port === undefined ? '' : '127.0.0.1',
    ...(port === undefined ? {} : { port: String(port) }),
    // The setting is a list: without quotes a comma in the path would separate two entries.
    unix_socket_directories: `"${socketFolder.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...options,
  };
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', data, ...flags];
}

/** Whether this server is ready, by its own file, which pg_ctl reads too: line 1 is its process id, line 8 its state. */
async function isReady(data: string, pid: number): Promise<boolean> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
}

function cannotStart(found: string, options?: ErrorOptions): DoiError {
  return new DoiError(
    'services_missing',
    `The built-in PostgreSQL does not start: ${found.trim()}`,
    'Correct that, or set DATABASE_URL to a PostgreSQL of your own.',
    options,
  );
}
