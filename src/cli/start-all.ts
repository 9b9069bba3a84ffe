/** Starts everything on one machine, evaluates what it finds, shows it, and serves until it is told to stop. */

import { PRIORITY } from '../domain/request.js';
import { localDataDir } from '../local/data-dir.js';
import { startLocalServices } from '../local/services.js';
import { type Config, readConfig } from '../platform/config.js';
import { openLog } from '../platform/log.js';
import { migrate } from '../platform/migrate.js';
import { packageRoot } from '../platform/package-root.js';
import { runUntilSignal, Scope } from '../platform/shutdown.js';
import { sweep } from '../producer/sweep.js';
import { readSummary } from '../reader/read-summary.js';
import { checkHubSchema } from '../registry/check-hub-schema.js';
import { type Discovery, discoverRepositories } from '../registry/discover-repositories.js';
import { registerRepositories } from '../registry/register.js';
import type { Context } from './context.js';
import { formatSummary } from './format-summary.js';
import { openProducer, type Producing } from './open-services.js';
import { makePaint } from './paint.js';
import { showProgress } from './show-progress.js';
import { showText } from './show-text.js';
import { startProcesses } from './start-processes.js';

const STOP_LIMIT_MS = 60_000;

/** @returns the exit code, after everything was stopped. */
export async function startAll(paths: readonly string[], context: Context): Promise<number> {
  const { stdout } = context;
  const config = readConfig(context.env);
  // Before anything is started: a path that is none is told at once.
  const found = await discoverRepositories(paths.length > 0 ? paths : [packageRoot]);
  const log = openLog('start', context.env['LOG_LEVEL'] === undefined ? 'warn' : config.logLevel);
  const scope = new Scope();
  const interrupted = new AbortController();
  const stopped = runUntilSignal(scope, log, { limitMs: STOP_LIMIT_MS, interrupted });
  try {
    const { ended } = await startAndShow({ config, scope, found, context, interrupted });
    const stop = () => process.kill(process.pid, 'SIGTERM');
    ended.then((why) => {
      context.stderr.write(`doi: ${why}\n`);
      context.exitCode = 3;
      stop();
    });
    const code = await stopped;
    if (context.exitCode === 0) stdout.write('Stopped. The data are kept.\n');
    return context.exitCode || code;
  } catch (error) {
    if (interrupted.signal.aborted) return stopped;
    await scope.close();
    throw error;
  }
}

interface Starting {
  readonly config: Config;
  readonly scope: Scope;
  readonly found: Discovery;
  readonly context: Context;
  readonly interrupted: AbortController;
}

/** @returns `ended`, which resolves with a sentence when something ended that should not */
async function startAndShow(starting: Starting): Promise<{ ended: Promise<string> }> {
  const { config, scope, found, context, interrupted } = starting;
  const { stdout, env } = context;
  const { databaseUrl, redisUrl } = config;
  stdout.write('Starting PostgreSQL and Redis …\n');
  const services = await startLocalServices({ databaseUrl, redisUrl, log: openLog('start', 'info') }, scope);
  const database = { url: services.databaseUrl, schema: config.schema };
  await migrate({ ...database, direction: 'up', verify: checkHubSchema });
  const log = openLog('start', env['LOG_LEVEL'] === undefined ? 'silent' : config.logLevel);
  const producing = openProducer({ config, log, scope }, services.databaseUrl, services.redisUrl);
  await register(producing, found, context);
  const processes = await startProcesses({ env, config, services, scope, logDir: localDataDir });
  const ended = Promise.race([services.ended, processes.ended]);
  await evaluateAll(producing, { context, ended, interrupted });
  const view = {
    paint: makePaint(stdout),
    now: new Date(),
    width: stdout.isTTY ? stdout.columns : undefined,
  };
  stdout.write(`\n${formatSummary(await readSummary(producing, {}), view)}\n`);
  const [first] = await readSummary(producing, {});
  stdout.write(`Serving at ${processes.url}/repos/doi/summary\n`);
  if (first !== undefined) {
    stdout.write(`  one repository: curl ${processes.url}/repos/${first.repo_slug}/doi\n`);
    stdout.write(`  from another terminal: ./bin/doi show ${first.repo_slug}\n`);
  }
  stdout.write('Edits are noticed and judged while this runs. Ctrl-C stops everything.\n');
  return { ended };
}

async function register(producing: Producing, found: Discovery, { stdout }: Context): Promise<void> {
  for (const { path, why } of found.skipped) stdout.write(`Skipped ${showText(path)}: ${showText(why)}\n`);
  const paths = found.repositories.map(({ path }) => path);
  const outcomes = await registerRepositories(producing.sql, { paths, host: producing.host });
  const isNew = outcomes.filter(({ outcome }) => outcome === 'registered').length;
  stdout.write(
    `Found ${paths.length} git ${paths.length === 1 ? 'repository' : 'repositories'}, ${isNew} of them new.\n`,
  );
}

interface Evaluating {
  readonly context: Context;
  readonly ended: Promise<string>;
  readonly interrupted: AbortController;
}

async function evaluateAll(producing: Producing, { context, ended, interrupted }: Evaluating): Promise<void> {
  const bar = showProgress(context.stderr);
  const { signal } = interrupted;
  const options = {
    trigger: 'start',
    priority: PRIORITY.watch,
    forced: false,
    signal,
    onProgress: bar.update,
  };
  try {
    const work = sweep(producing, options);
    const why = await Promise.race([work.then(() => undefined), ended]);
    if (why !== undefined) throw new Error(why);
  } finally {
    bar.end();
  }
}
