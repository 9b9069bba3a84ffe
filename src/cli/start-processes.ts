/** Starts a web process and a worker as children of `npm start`, and chooses the port of the web process. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DoiError } from '../domain/errors.js';
import { findFreePort, isPortFree } from '../local/free-port.js';
import { spawnServer, superviseServer } from '../local/server-process.js';
import type { LocalServices } from '../local/services.js';
import type { Config } from '../platform/config.js';
import { packageRoot } from '../platform/process/package-root.js';
import type { Scope } from '../platform/process/shutdown.js';

export interface StartProcessesDeps {
  readonly env: NodeJS.ProcessEnv;
  readonly config: Config;
  readonly services: LocalServices;
  readonly scope: Scope;
  /** Aborts when everything is to stop: then the web process will not become ready any more. */
  readonly signal: AbortSignal;
  /** The folder for their logs. */
  readonly dataDir: string;
  /** Shows a line to the person. */
  readonly say: (line: string) => void;
}

export interface Processes {
  /** Where the web process listens. */
  readonly url: string;
  /** Resolves with a sentence when one of the processes has ended unexpectedly. */
  readonly ended: Promise<string>;
}

const READY_LIMIT_MS = 20_000;

/** Starts both processes and waits until the web process answers. */
export async function startProcesses(settings: StartProcessesDeps): Promise<Processes> {
  const { env, config, services } = settings;
  const port = await choosePort(settings);
  const given = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const childEnv = {
    ...Object.fromEntries(given),
    DATABASE_URL: services.databaseUrl,
    REDIS_URL: services.redisUrl,
    PORT: String(port),
  };
  const started = await Promise.all(['worker', 'web'].map((name) => startProcess(name, childEnv, settings)));
  const url = `http://${config.address.includes(':') ? `[${config.address}]` : config.address}:${port}`;
  const died = Promise.race(started.map((one) => one.ended));
  const over = new AbortController();
  try {
    const why = await Promise.race([
      waitUntilReady(url, AbortSignal.any([over.signal, settings.signal])),
      died,
    ]);
    settings.signal.throwIfAborted();
    if (why !== undefined) throw new DoiError('services_missing', why, 'Correct that, and start again.');
  } finally {
    over.abort();
  }
  return { url, ended: died };
}

async function startProcess(
  name: string,
  env: Record<string, string>,
  { scope, dataDir }: StartProcessesDeps,
): Promise<{ ended: Promise<string> }> {
  const logFile = join(dataDir, `${name}.log`);
  const argv = [process.execPath, join(packageRoot, 'bin', 'doi'), name];
  const child = await spawnServer({ name, argv, env, logFile, stopSignal: 'SIGTERM', deathSignal: 'SIGINT' });
  const ended = superviseServer(scope, name, child).then((signal) => {
    const how =
      signal === null ? `has ended; the end of ${logFile} says why` : `was ended by the signal ${signal}`;
    return `The ${name} process ${how}.`;
  });
  return { ended };
}

async function waitUntilReady(url: string, over: AbortSignal): Promise<undefined> {
  const limit = AbortSignal.timeout(READY_LIMIT_MS);
  const signal = AbortSignal.any([over, limit]);
  while (!over.aborted) {
    // Until it listens, the connection is refused.
    const response = await fetch(`${url}/readyz`, { signal }).catch(() => undefined);
    if (response?.ok) return;
    if (limit.aborted) {
      const found = `The web process did not become ready within ${READY_LIMIT_MS / 1000} s.`;
      throw new DoiError('services_missing', found, 'Its log may say why; the machine may be too busy.');
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export interface ChoosePortOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly config: Pick<Config, 'port' | 'address'>;
  /** The folder with the file that keeps the port chosen instead of the usual one. */
  readonly dataDir: string;
  /** Shows a line to the person. */
  readonly say: (line: string) => void;
}

/**
 * Chooses the port at which `npm start` serves: the configured one, any free one for 0. Where PORT is not set and another
 * program has 8080, it is a free port, the same at each start as long as that stays free.
 */
export async function choosePort({ env, config, dataDir, say }: ChoosePortOptions): Promise<number> {
  const { port, address } = config;
  if (port !== 0 && (await isPortFree(port, address))) return port;
  if (port === 0) return findFreePort();
  if (env['PORT']) {
    const found = `Port ${port} of ${address}, which PORT names, cannot be used: another program listens there, or this user may not.`;
    throw new DoiError(
      'bad_configuration',
      found,
      'Stop that program, or set another PORT; 0 means any free port.',
    );
  }
  const file = join(dataDir, 'port');
  const kept = Number(await readFile(file, 'utf8').catch(() => ''));
  const isUsable = Number.isInteger(kept) && kept > 0 && kept <= 65_535 && (await isPortFree(kept, address));
  const chosen = isUsable ? kept : await findFreePort();
  await writeFile(file, `${chosen}\n`, { mode: 0o600 });
  say(`Another program uses port ${port}, so this one serves at port ${chosen}; PORT sets another.`);
  return chosen;
}
