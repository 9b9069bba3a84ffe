/** Starts a web process and a worker as children, as the Procfile would. */
import { join } from 'node:path';
import { DoiError } from '../domain/errors.js';
import { findFreePort, isPortFree } from '../local/free-port.js';
import { spawnServer } from '../local/server-process.js';
import type { LocalServices } from '../local/services.js';
import type { Config } from '../platform/config.js';
import { packageRoot } from '../platform/package-root.js';
import type { Scope } from '../platform/shutdown.js';

export interface StartProcesses {
  readonly env: NodeJS.ProcessEnv;
  readonly config: Config;
  readonly services: LocalServices;
  readonly scope: Scope;
  /** The folder for their logs. */
  readonly logDir: string;
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
  const port = await choosePort(env, config);
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
  const why = await Promise.race([waitUntilReady(url), died]);
  if (why !== undefined) throw new DoiError('internal', why, 'Its log says why.');
  return { url, ended: died };
}

/** The port that was asked for, 0 for any; without one 8080, or any where somebody else has that. */
async function choosePort(env: NodeJS.ProcessEnv, { port, address }: Config): Promise<number> {
  const isWanted = port !== 0 && (env['PORT'] || (await isPortFree(port, address)));
  return isWanted ? port : findFreePort();
}

async function startProcess(
  name: string,
  env: Record<string, string>,
  { scope, logDir }: StartProcesses,
): Promise<{ ended: Promise<string> }> {
  const logFile = join(logDir, `${name}.log`);
  const argv = [process.execPath, join(packageRoot, 'bin', 'doi'), name];
  const child = await spawnServer({ name, argv, env, logFile, stopSignal: 'SIGTERM', deathSignal: 'SIGINT' });
  let isStopping = false;
  scope.add(name, child, (it) => {
    isStopping = true;
    return it.stop();
  });
  const ended = new Promise<string>((resolve) => {
    child.exited.then(() => {
      if (!isStopping) resolve(`The ${name} process has ended; its log is ${logFile}.`);
    });
  });
  return { ended };
}

async function waitUntilReady(url: string): Promise<undefined> {
  const limit = performance.now() + READY_LIMIT_MS;
  for (;;) {
    try {
      const response = await fetch(`${url}/readyz`);
      if (response.ok) return;
    } catch (error) {
      if (performance.now() > limit) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
