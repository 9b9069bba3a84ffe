/** Starts everything on one machine, evaluates what it finds, shows it, and serves until it is told to stop. */

import { ownUrlRules } from '../checkout/short-remotes.js';
import { DoiError } from '../domain/errors.js';
import { PRIORITY } from '../domain/request.js';
import { quoteForShell } from '../domain/text.js';
import { CheckoutProber, type ProbeOutcome } from '../inputs/probe/checkout-prober.js';
import { localDataDir } from '../local/data-dir.js';
import { dataFolderError } from '../local/own-folder.js';
import { watchNpmAbove } from '../local/process-identity.js';
import { startLocalServices } from '../local/services.js';
import { type Config, readConfig } from '../platform/config.js';
import { openLog, openPlainLog } from '../platform/log.js';
import { migrate } from '../platform/postgres/migrate.js';
import { packageRoot } from '../platform/process/package-root.js';
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
import { openProducer, type Producing } from './open-services.js';
import { describeDeeper, withMoved } from './register.js';
import { showProgress } from './show-progress.js';
import { startProcesses } from './start-processes.js';
import { makePaint, showText } from './terminal.js';

const STOP_LIMIT_MS = 60_000;
/** How long one checkout may take to answer, in milliseconds. */
const ANSWER_MS = 10_000;

/** @returns the exit code, after everything was stopped. */
export async function startAll(paths: readonly string[], context: Context): Promise<number> {
  const { stdout } = context;
  const config = readConfig(context.env);
  // Before anything is started: a path that is none is told at once.
  const found = await discoverRepositories(paths.length > 0 ? paths : [packageRoot]);
  const log = openLog('start', config.givenLogLevel ?? 'warn');
  const scope = new Scope();
  const interrupted = new AbortController();
  const stopped = runUntilSignal(scope, log, { limitMs: STOP_LIMIT_MS, interrupted });
  const stop = () => process.kill(process.pid, 'SIGTERM');
  // From here on it is stopped by a signal, and ends everything in order.
  serveWithoutOutput();
  scope.add('the watch of npm', watchNpmAbove(context.env, stop), (end) => end());
  try {
    const { ended } = await startAndShow({ config, scope, found, context, interrupted });
    ended.then((why) => {
      context.stderr.write(`doi: ${why}\n`);
      context.exitCode = 3;
      stop();
    });
    const code = await stopped;
    if (context.exitCode === 0) stdout.write('Stopped. The data are kept.\n');
    return context.exitCode || code;
  } catch (error) {
    // What was being opened when the signal came is released later than what was open by then.
    const code = interrupted.signal.aborted ? await stopped : undefined;
    await scope.close();
    if (code === undefined) throw dataFolderError(error, config.dataDir ?? localDataDir);
    stdout.write('Stopped. The data are kept.\n');
    return code;
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
  const { databaseUrl, redisUrl, dataDir = localDataDir } = config;
  stdout.write(announce(config));
  const plainLog = openPlainLog((line) => stdout.write(line));
  const services = await startLocalServices({ dataDir, databaseUrl, redisUrl, log: plainLog }, scope);
  const database = { url: services.databaseUrl, schema: config.schema };
  await migrate({ ...database, direction: 'up', verify: checkHubSchema });
  const log = openLog('start', config.givenLogLevel ?? 'silent');
  const producing = openProducer({ config, log, scope }, services.databaseUrl, services.redisUrl);
  await register(producing, found, context);
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
  // As long as this runs: a trouble may begin, and end, when all is judged.
  const troubles = { ...producing, paint: makePaint(stdout), say };
  scope.add('troubles', watchHostProblems(troubles), (it) => it.end());
  await evaluateAll(producing, { bar, ended, interrupted });
  const view = {
    paint: makePaint(stdout),
    now: new Date(),
    width: stdout.isTTY ? stdout.columns : undefined,
  };
  const entries = await readSummary(producing, {});
  stdout.write(`\n${formatSummary(entries, view)}\n`);
  stdout.write(inviteOn(processes.url, entries[0]?.repo_slug, config));
  return { ended };
}

/** What is started here, and what is not since the environment names it. */
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

/** How to go on. */
function inviteOn(url: string, slug: string | undefined, { dataDir }: Config): string {
  const prefix = dataDir === undefined ? '' : `DOI_DATA=${quoteForShell(showText(dataDir, 4096))} `;
  const invitation =
    slug === undefined
      ? []
      : [
          `In another terminal: curl ${url}/repos/${slug}/doi`,
          `                     ${prefix}./bin/doi show ${slug}`,
        ];
  const last = [
    `Where a report advises "doi", type ${prefix}./bin/doi here.`,
    'Edits are noticed and judged while this runs. Ctrl-C stops everything.',
  ];
  return `${[...invitation, ...last].join('\n')}\n`;
}

async function register(producing: Producing, found: Discovery, { stdout, env }: Context): Promise<void> {
  const { paths, silent } = await whichAnswer(found, producing.host);
  const wish = { paths, host: producing.host, leaveOutMoved: true, ownUrlRules: ownUrlRules(env) };
  const { outcomes, skipped } = withMoved(await registerRepositories(producing.sql, wish), [
    ...found.skipped,
    ...silent,
  ]);
  for (const { path, why } of skipped) stdout.write(`Skipped ${showText(path)}: ${showText(why, 600)}\n`);
  stdout.write(describeDeeper(found));
  for (const { slug, remoteNote } of outcomes)
    if (remoteNote !== undefined) stdout.write(`${slug}: ${showText(remoteNote, 1000)}\n`);
  const isNew = outcomes.filter(({ outcome }) => outcome === 'registered').length;
  stdout.write(
    `Found ${paths.length} git ${paths.length === 1 ? 'repository' : 'repositories'}, ${isNew} new.\n`,
  );
}

/** A mount may have gone since they were found, or their `.git` may lead to one: reading their remotes would wait for ever. */
async function whichAnswer({ repositories }: Discovery, host: string) {
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

interface Evaluating {
  readonly bar: ReturnType<typeof showProgress>;
  readonly ended: Promise<string>;
  readonly interrupted: AbortController;
}

async function evaluateAll(producing: Producing, { bar, ended, interrupted }: Evaluating): Promise<void> {
  const { signal } = interrupted;
  const options = {
    trigger: 'start',
    priority: PRIORITY.watch,
    forced: false,
    signal,
    onProgress: bar.update,
  };
  try {
    const work = sweepOrJoin(producing, options);
    const why = await Promise.race([work.then(() => undefined), ended]);
    if (why !== undefined) throw new DoiError('services_missing', why, 'Put that right, and start again.');
  } finally {
    bar.end();
  }
}
