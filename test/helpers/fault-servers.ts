/** Servers of a test's own, to be killed, frozen and started again. */
import { findFreePort } from '../../src/local/free-port.js';
import { type LocalServer, startLocalPostgres } from '../../src/local/postgres.js';
import { startLocalRedis } from '../../src/local/redis.js';
import { migrate } from '../../src/platform/postgres/migrate.js';
import { checkHubSchema } from '../../src/registry/check-hub-schema.js';
import { postgresOfMachine } from './postgres-of-machine.js';
import { makeDataFolder, removeFolder } from './temp-folder.js';
import { FAST_POSTGRES } from './test-run.js';

export interface FaultServer {
  /** Stays the same over a restart. */
  readonly url: string;
  readonly port: number;
  /** Kills the server (SIGKILL) and waits until it is gone. */
  kill(): Promise<void>;
  /** Stops the server as an administrator would, and waits until it is gone. */
  stop(): Promise<void>;
  /** Starts it again on the same port and with the same data, and waits until it answers. */
  restart(): Promise<void>;
  /** Freezes it (SIGSTOP): it takes connections, and answers nothing. */
  freeze(): void;
  thaw(): void;
  /** Ends the server and removes its data. */
  close(): Promise<void>;
}

export interface FaultServerSettings {
  readonly dir?: string;
  readonly port?: number;
}

/** Starts a Redis. `persistent` keeps what is queued over a kill; without it, a restart finds nothing. */
export async function startRedis(
  settings: FaultServerSettings & { readonly persistent?: boolean } = {},
): Promise<FaultServer> {
  const { persistent = false } = settings;
  return start(settings, (dir, port) => startLocalRedis({ dir, persistent, port }));
}

/** Starts a PostgreSQL whose database at `url` is migrated. What it has committed survives a kill. */
export async function startPostgres(settings: FaultServerSettings = {}): Promise<FaultServer> {
  const server = await start(settings, (dir, port) =>
    startLocalPostgres({
      ...{ dir, binaries: postgresOfMachine(), port },
      options: { ...FAST_POSTGRES, synchronous_commit: 'on' },
    }),
  );
  await migrate({ url: server.url, direction: 'up', verify: checkHubSchema });
  return server;
}

type Open = (dir: string, port: number) => Promise<LocalServer>;

/** Starts a server at a free port; another one where some program has taken that meanwhile. */
export async function onFreePort<T>(
  open: (port: number) => Promise<T>,
): Promise<{ server: T; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    try {
      return { server: await open(port), port };
    } catch (error) {
      if (attempt === 5 || !/could not bind|already in use/i.test(String(error))) throw error;
    }
  }
}

async function start(settings: FaultServerSettings, open: Open): Promise<FaultServer> {
  const dir = settings.dir ?? (await makeDataFolder('fault'));
  const { port: wanted } = settings;
  const started =
    wanted === undefined
      ? await onFreePort((free) => open(dir, free))
      : { server: await open(dir, wanted), port: wanted };
  let { server } = started;
  const { port } = started;
  const { url } = server;
  return {
    url,
    port,
    async kill() {
      server.kill('SIGKILL');
      await server.exited;
    },
    stop: () => server.stop(),
    async restart() {
      await server.stop();
      server = await open(dir, port);
    },
    freeze: () => server.kill('SIGSTOP'),
    thaw: () => server.kill('SIGCONT'),
    async close() {
      await server.stop();
      if (settings.dir === undefined) await removeFolder(dir);
    },
  };
}
