/** Runs `npm start`: starts everything on one machine, evaluates the repositories, and serves until a signal. */

import { ownUrlRules } from '../checkout/short-remotes.js';
import { DoiError } from '../domain/errors.js';
import { PRIORITY } from '../domain/request.js';
import { count, quoteForShell } from '../domain/text.js';
import { CheckoutProber, type ProbeOutcome } from '../inputs/probe/checkout-prober.js';
import { dataFolderError, localDataDir } from '../local/data-folder.js';
import { startLocalServices } from '../local/services.js';
import { type Config, readConfig } from '../platform/config.js';
import { openLog, openPlainLog } from '../platform/log.js';
import { migrate } from '../platform/postgres/migrate.js';
import { installation } from '../platform/process/installation.js';
import { packageRoot } from '../platform/process/package-root.js';
import { watchNpmAbove } from '../platform/process/process-identity.js';
import { runUntilSignal, Scope } from '../platform/process/shutdown.js';
import { sweepOrJoin } from '../producer/sweep.js';
import { readSummary } from '../reader/summary/read-summary.js';
import { checkHubSchema } from '../registry/check-hub-schema.js';
import { type Discovery, discoverRepositories } from '../registry/discover-repositories.js';
import { registerRepositories } from '../registry/register.js';
import type { Context } from './context.js';
import { formatSummary } from './format-summary.js';
import { watchHostProblems } from './host-problems.js';
import { serveWithoutOutput } from './last-resort.js';
import { openProducer, type ProducerDeps } from './open-services.js';
import { describeDeeper, withMoved } from './register.js';
import { showProgress } from './show-progress.js';
import { registerPlaces, type StartPlaces, sortPlaces } from './start-places.js';
import { startProcesses } from './start-processes.js';
import { makePaint, showText, viewOf } from './terminal.js';

const STOP_LIMIT_MS = 60_000;
const STOPPED = 'Stopped. The data are kept.\n';
/** How long one checkout may take to answer, in milliseconds. */
const ANSWER_MS = 10_000;

/** @returns the exit code, after everything was stopped. */
export async function startAll(paths: readonly string[], context: Context): Promise<number> {
  const { stdout } = context;
  const config = readConfig(context.env);
  // Before anything is started, so that a wrong path is reported at once.
  const places = sortPlaces(paths.length > 0 ? paths : [ownPlace()]);
  const found = places.folders.length > 0 ? await discoverRepositories(places.folders) : undefined;
  const log = openLog('start', config.givenLogLevel ?? 'warn');
  const scope = new Scope();
  const interrupted = new AbortController();
  const stopped = runUntilSignal(scope, log, { limitMs: STOP_LIMIT_MS, interrupted });
  const stop = () => process.kill(process.pid, 'SIGTERM');
  // From here on a signal stops everything in order.
  serveWithoutOutput();
  scope.add('the watch of npm', watchNpmAbove(context.env, stop), (end) => end());
  try {
    const { ended } = await startAndShow({ config, scope, found, places, context, interrupted });
    ended.then((why) => {
      context.stderr.write(`doi: ${why}\n`);
      context.exitCode = 3;
      stop();
    });
    const code = await stopped;
    if (context.exitCode === 0) stdout.write(STOPPED);
    return context.exitCode || code;
  } catch (error) {
    // The signal came while something was still being opened: the scope releases that last.
    const code = interrupted.signal.aborted ? await stopped : undefined;
    await scope.close();
    if (code === undefined) throw dataFolderError(error, config.dataDir ?? localDataDir);
    stdout.write(STOPPED);
    return code;
  }
}

interface StartDeps {
  readonly config: Config;
  readonly scope: Scope;
  /** Undefined where no folder was given. */
  readonly found: Discovery | undefined;
  readonly places: StartPlaces;
  readonly context: Context;
  readonly interrupted: AbortController;
}

/** @returns `ended`, which resolves with a sentence when a server or a process ends unexpectedly */
async function startAndShow(deps: StartDeps): Promise<{ ended: Promise<string> }> {
  const { config, scope, found, places, context, interrupted } = deps;
  const { stdout, env } = context;
  const { databaseUrl, redisUrl, dataDir = localDataDir } = config;
  stdout.write(announce(config));
  const plainLog = openPlainLog((line) => stdout.write(line));
  const services = await startLocalServices({ dataDir, databaseUrl, redisUrl, log: plainLog }, scope);
  const database = { url: services.databaseUrl, schema: config.schema };
  await migrate({ ...database, direction: 'up', verify: checkHubSchema });
  const log = openLog('start', config.givenLogLevel ?? 'silent');
  const producer = openProducer({ config, log, scope }, services.databaseUrl, services.redisUrl);
  if (found !== undefined) await register(producer, found, context);
  await registerPlaces(producer, places, { context, signal: interrupted.signal });
  const processes = await startProcesses({
    ...{ env, config, services, scope, dataDir, signal: interrupted.signal },
    say: (line) => stdout.write(`${line}\n`),
  });
  stdout.write(`Serving ${processes.url}/ (open it in a browser)\n`);
  const ended = Promise.race([services.ended, processes.ended]);
  const bar = showProgress(context.stderr);
  const say = (text: string) => {
    bar.end();
    stdout.write(`${text}\n`);
  };
  // Until the end: a host problem may also begin after everything is judged.
  const watched = { ...producer, paint: makePaint(stdout), say };
  scope.add('the watch of host problems', watchHostProblems(watched), (it) => it.end());
  await evaluateAll(producer, { bar, ended, interrupted });
  const entries = await readSummary(producer, {});
  stdout.write(`\n${formatSummary(entries, viewOf(stdout))}\n`);
  stdout.write(describeNextSteps(processes.url, entries[0]?.repo_slug, config));
  return { ended };
}

/** What is judged where no place was given: a package that npm installed is no repository. */
function ownPlace(): string {
  return installation.kind === 'clone' ? packageRoot : '.';
}

/** Which servers are started here, and which are not because the environment names them. */
function announce({ databaseUrl, redisUrl }: Config): string {
  const servers = [
    { name: 'PostgreSQL', variable: 'DATABASE_URL', url: databaseUrl },
    { name: 'Redis', variable: 'REDIS_URL', url: redisUrl },
  ];
  const given = servers
    .filter(({ url }) => url !== undefined)
    .map(({ name, variable }) => `${name} of ${variable}`);
  const own = servers.filter(({ url }) => url === undefined).map(({ name }) => name);
  const using = given.length > 0 ? `Using ${given.join(' and ')}.\n` : '';
  return using + (own.length > 0 ? `Starting ${own.join(' and ')} …\n` : '');
}

/** What a person can do next. */
function describeNextSteps(url: string, slug: string | undefined, { dataDir }: Config): string {
  const prefix = dataDir === undefined ? '' : `DOI_DATA=${quoteForShell(showText(dataDir, 4096))} `;
  const examples =
    slug === undefined
      ? []
      : [
          `In another terminal: curl ${url}/repos/${slug}/doi`,
          `                     ${prefix}${installation.command} show ${slug}`,
        ];
  const hints = [
    ...(prefix + installation.command === 'doi'
      ? []
      : [`Where a report says "doi", type ${prefix}${installation.command} here.`]),
    'While this runs, the worker notices and judges edits. Ctrl-C stops everything.',
  ];
  return `${[...examples, ...hints].join('\n')}\n`;
}

async function register(producer: ProducerDeps, found: Discovery, { stdout, env }: Context): Promise<void> {
  const { paths, silent } = await findAnswering(found, producer.host);
  const options = { paths, host: producer.host, skipMoved: true, ownUrlRules: ownUrlRules(env) };
  const all = await registerRepositories(producer.sql, options);
  const { outcomes, skipped } = withMoved(all, [...found.skipped, ...silent]);
  for (const { path, why } of skipped) stdout.write(`Skipped ${showText(path)}: ${showText(why, 600)}\n`);
  stdout.write(describeDeeper(found));
  for (const { slug, remoteNote } of outcomes)
    if (remoteNote !== undefined) stdout.write(`${slug}: ${showText(remoteNote, 1000)}\n`);
  const isNew = outcomes.filter(({ outcome }) => outcome === 'registered').length;
  stdout.write(`Found ${count(paths.length, 'git repository', 'git repositories')}, ${isNew} new.\n`);
}

/**
 * Leaves out the repositories whose files do not answer: a mount may be gone since they were found, or their `.git` may
 * lead to one. Reading their remotes would wait for ever.
 */
async function findAnswering({ repositories }: Discovery, host: string) {
  const prober = new CheckoutProber();
  try {
    const targets = repositories.map(({ path }) => ({ id: path, host, path }));
    const outcomes = await prober.probe(targets, { timeoutMs: ANSWER_MS, head: true });
    const isSilent = (outcome: ProbeOutcome | undefined) =>
      outcome !== undefined &&
      ('failed' in outcome
        ? outcome.code === 'probe_timed_out'
        : outcome.head === null && outcome.checkout?.state === 'present');
    const silent = targets
      .filter(({ id }) => isSilent(outcomes.get(id)))
      .map(({ path }) => ({ path, why: 'Its files did not answer in time.' }));
    const left = new Set(silent.map(({ path }) => path));
    const paths = targets.map(({ path }) => path).filter((path) => !left.has(path));
    return { paths, silent };
  } finally {
    await prober.close();
  }
}

interface EvaluateDeps {
  readonly bar: ReturnType<typeof showProgress>;
  readonly ended: Promise<string>;
  readonly interrupted: AbortController;
}

async function evaluateAll(producer: ProducerDeps, { bar, ended, interrupted }: EvaluateDeps): Promise<void> {
  const { signal } = interrupted;
  const options = {
    trigger: 'start',
    priority: PRIORITY.watch,
    forced: false,
    signal,
    onProgress: bar.update,
  };
  try {
    const work = sweepOrJoin(producer, options);
    const why = await Promise.race([work.then(() => undefined), ended]);
    if (why !== undefined) throw new DoiError('services_missing', why, 'Put that right, and start again.');
  } finally {
    bar.end();
  }
}
