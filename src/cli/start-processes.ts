/** Starts a web process and a worker as children, as the Procfile would. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DoiError } from '../domain/errors.js';
import { findFreePort, isPortFree } from '../local/free-port.js';
import { spawnServer } from '../local/server-process.js';
import type { LocalServices } from '../local/services.js';
import type { Config } from '../platform/config.js';
import { packageRoot } from '../platform/process/package-root.js';
import type { Scope } from '../platform/process/shutdown.js';

export interface StartProcesses {
  readonly env: NodeJS.ProcessEnv;
  readonly config: Config;
  readonly services: LocalServices;
  readonly scope: Scope;
  /** Aborts when everything is told to stop: then nothing gets ready any more. */
  readonly signal: AbortSignal;
  /** The folder for their logs. */
  readonly dataDir: string;
  /** Takes a line for a person. */
  readonly say: (line: string) => void;
}

export interface Processes {
  /** Where the web process listens. */
  readonly url: string;
  /** Resolves with a sentence when one of them has ended although nobody stopped it. */
  readonly ended: Promise<string>;
}

const READY_LIMIT_MS = 20_000;

/** Starts both and waits until the web process answers. */
export async function startProcesses(settings: StartProcesses): Promise<Processes> {
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
    if (why !== undefined) throw new DoiError('services_missing', why, 'Put that right, and start again.');
  } finally {
    over.abort();
  }
  return { url, ended: died };
}

async function startProcess(
  name: string,
  env: Record<string, string>,
  { scope, dataDir }: StartProcesses,
): Promise<{ ended: Promise<string> }> {
  const logFile = join(dataDir, `${name}.log`);
  const argv = [process.execPath, join(packageRoot, 'bin', 'doi'), name];
  const child = await spawnServer({ name, argv, env, logFile, stopSignal: 'SIGTERM', deathSignal: 'SIGINT' });
  let isStopping = false;
  scope.add(name, child, (it) => {
    isStopping = true;
    return it.stop();
  });
  const ended = new Promise<string>((resolve) => {
    child.exited.then((signal) => {
      const how =
        signal === null ? `has ended; the end of ${logFile} says why` : `was ended by a signal, ${signal}`;
      if (!isStopping) resolve(`The ${name} process ${how}.`);
    });
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
      const found = `The web process did not get ready within ${READY_LIMIT_MS / 1000} s.`;
      throw new DoiError('services_missing', found, 'Its log says why; the machine may be too busy.');
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/* Chooses the port at which `npm start` serves. */

export interface ChoosePort {
  readonly env: NodeJS.ProcessEnv;
  readonly config: Pick<Config, 'port' | 'address'>;
  /** Keeps the port that was found in place of the usual one. */
  readonly dataDir: string;
  /** Takes a line for a person. */
  readonly say: (line: string) => void;
}

/**
 * The port that was asked for, 0 for any. Without one 8080; where another program has that, the same one at each start,
 * as long as it is free.
 */
export async function choosePort({ env, config, dataDir, say }: ChoosePort): Promise<number> {
  const { port, address } = config;
  if (port !== 0 && (await isPortFree(port, address))) return port;
  if (port === 0) return findFreePort();
  if (env['PORT']) {
    const found = `The port ${port} of ${address}, which PORT names, cannot be listened on: another program has it, or this user may not.`;
    throw new DoiError(
      'bad_configuration',
      found,
      'Stop that program, or set another PORT; 0 takes any that is free.',
    );
  }
  const file = join(dataDir, 'port');
  const kept = Number(await readFile(file, 'utf8').catch(() => ''));
  const isUsable = Number.isInteger(kept) && kept > 0 && kept <= 65_535 && (await isPortFree(kept, address));
  const chosen = isUsable ? kept : await findFreePort();
  await writeFile(file, `${chosen}\n`, { mode: 0o600 });
  say(`Another program has port ${port}, so this serves at port ${chosen}; PORT sets one.`);
  return chosen;
}
