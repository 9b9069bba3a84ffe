/** Starts the built-in Redis (or Valkey), with its data in one folder and a socket that no other user can reach. */
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
  /** Holds the data, the password, the configuration and the log; created if it is missing. */
  readonly dir: string;
  /** A loopback port to listen at too, which the URL then names. Any user of this machine can take a free port. */
  readonly port?: number;
  readonly log?: Log;
  /** Whether queued jobs outlive the server; true by default. */
  readonly persistent?: boolean;
  /** Further settings of the server, such as `{ databases: '64' }`. */
  readonly options?: Readonly<Record<string, string>>;
}

const START_LIMIT_MS = 30_000;

/**
 * Starts Redis with the data in `dir`.
 * @throws {DoiError} `services_missing` where no server is installed, or where it does not start
 */
export async function startLocalRedis(options: LocalRedisOptions): Promise<LocalServer> {
  const { dir, port } = options;
  await ownFolder(dir);
  const program = await requireRedisServer(options.log);
  const password = await readOrMakeSecret(join(dir, 'password'));
  const logFile = join(dir, 'redis.log');
  const folder = await makeSocketFolder(dir);
  const socket = join(folder.path, 'redis.sock');
  const configFile = join(dir, 'redis.conf');
  // In a file, since any user can read the arguments of a process.
  await writeFile(configFile, configuration(options, socket, password), { mode: 0o600 });
  const server = await spawnServer({
    name: 'Redis',
    argv: [program, configFile],
    env: {},
    logFile,
    stopSignal: 'SIGTERM',
    // Redis writes each command to the append-only file before it answers, so a kill loses nothing.
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
    'Correct that, or set REDIS_URL to a Redis of your own.',
  );
}

function configuration(
  { dir, port, persistent = true, options = {} }: LocalRedisOptions,
  socket: string,
  password: string,
): string {
  const lines = [
    // 0: Redis listens at no port.
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

/** Whether the server accepts its password and answers. It does not while it still loads its file. */
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
