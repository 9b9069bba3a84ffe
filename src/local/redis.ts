/** A Redis (or Valkey) of this project's own, with its data in one folder and a socket that nobody else can reach. */
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DoiError } from '../domain/errors.js';
import type { Log } from '../platform/log.js';
import { redisSocketUrl } from '../platform/settings/socket-url.js';
import { ownFolder, readOrMakeSecret } from './data-folder.js';
import { requireRedisServer } from './install-redis.js';
import type { LocalServer } from './postgres.js';
import { readLogEnd, spawnServer, waitUntilReady } from './server-process.js';
import { makeSocketFolder } from './socket-folder.js';

export interface LocalRedisOptions {
  /** Holds the data, the password, the configuration and the log; made where it is missing. */
  readonly dir: string;
  /** A port of loopback to listen at too, which the URL then names. Anybody on this machine can take a port that is free. */
  readonly port?: number;
  readonly log?: Log;
  /** Whether what is queued outlives the server; true unless told otherwise. */
  readonly persistent?: boolean;
  /** Further settings of the server, such as `{ databases: '64' }`. */
  readonly options?: Readonly<Record<string, string>>;
}

const START_LIMIT_MS = 30_000;

/**
 * Starts Redis with the data of `dir`.
 * @throws {DoiError} `services_missing` where there is none to start, or where it does not start.
 */
export async function startLocalRedis(settings: LocalRedisOptions): Promise<LocalServer> {
  const { dir, port } = settings;
  await ownFolder(dir);
  const program = await requireRedisServer(settings.log);
  const password = await readOrMakeSecret(join(dir, 'password'));
  const logFile = join(dir, 'redis.log');
  const folder = await makeSocketFolder(dir);
  const socket = join(folder.path, 'redis.sock');
  const configFile = join(dir, 'redis.conf');
  // In a file, since everybody can read a process's arguments.
  await writeFile(configFile, configuration(settings, socket, password), { mode: 0o600 });
  const server = await spawnServer({
    name: 'Redis',
    argv: [program, configFile],
    env: {},
    logFile,
    stopSignal: 'SIGTERM',
    // Each command is in the append-only file before it is answered, so nothing is lost by this.
    deathSignal: 'SIGKILL',
  });
  const stop = async () => {
    await server.stop();
    await folder.remove();
  };
  if (await waitUntilReady(server, () => answers(socket, password), START_LIMIT_MS)) {
    const url =
      port === undefined ? redisSocketUrl(socket, password) : `redis://:${password}@127.0.0.1:${port}`;
    return { ...server, stop, url };
  }
  await stop();
  throw new DoiError(
    'services_missing',
    `Redis does not start: ${await readLogEnd(logFile)} (${logFile})`,
    'Put that right, or set REDIS_URL to a Redis of your own.',
  );
}

function configuration(
  { dir, port, persistent = true, options = {} }: LocalRedisOptions,
  socket: string,
  password: string,
): string {
  const lines = [
    // 0: at none.
    `port ${port ?? 0}`,
    'bind 127.0.0.1',
    `unixsocket ${JSON.stringify(socket)}`,
    'unixsocketperm 700',
    `requirepass ${password}`,
    `dir ${JSON.stringify(dir)}`,
    'daemonize no',
    'save ""',
    `appendonly ${persistent ? 'yes' : 'no'}`,
    // BullMQ loses jobs with any other policy.
    'maxmemory-policy noeviction',
    ...Object.entries(options).map(([name, value]) => `${name} ${value}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Whether the server takes its password and answers. While it still loads its file, it does not. */
function answers(file: string, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(file);
    let text = '';
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => end(false));
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
    socket.on('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (text.includes('+PONG')) end(true);
      else if (text.includes('\n-') || text.startsWith('-')) end(false);
    });
  });
}
