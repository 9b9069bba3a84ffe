/**
 * Examines an installation: runs all groups of checks, at once where possible, and shows them in a fixed order.
 * Promise: it ends whatever hangs, and changes nothing.
 */
import type { CheckoutProber } from '../inputs/probe/checkout-prober.js';
import type { Clock } from '../platform/clock.js';
import { type Config, requireDatabaseUrl, requireRedisUrl } from '../platform/config.js';
import type { Sql } from '../platform/postgres/sql.js';
import type { RedisInspector } from '../queue/inspect-redis.js';
import { brokenCheck, type Examined, type Group, type Report, runGroup, warning } from './check.js';
import { examineChecker } from './checker.js';
import { readGitVersion } from './git.js';
import { examineHost } from './host.js';
import { examineHosts } from './hosts.js';
import { examineInstallation, type InstallationDeps } from './installation.js';
import { examineMirrors, type TryRemote } from './mirrors.js';
import { examinePostgres } from './postgres.js';
import { examineRedis } from './redis.js';
import { examineRepositories } from './repositories.js';

export interface ExamineDeps extends InstallationDeps {
  /** Undefined where its address is not known. */
  readonly sql: Sql | undefined;
  /** Undefined where its address is not known. */
  readonly redis: RedisInspector | undefined;
  readonly prober: Pick<CheckoutProber, 'probe'>;
  readonly clock: Clock;
  /** Contacts a remote without fetching; without it no server of mirrors is tried. */
  readonly tryRemote?: TryRemote | undefined;
}

/** A server that hangs may take its whole limit, beside others. In milliseconds. */
const MIRRORS_MS = 60_000;
/** Added to the time limit of the checker's two runs, which run side by side. In milliseconds. */
const CHECKER_MARGIN_MS = 15_000;

/**
 * Examines everything that is available. It does not throw for what it finds.
 * @param show receives each group in order, as soon as its result and those of the groups before it are known
 */
export async function examine(deps: ExamineDeps, show: (group: Examined) => void): Promise<Examined[]> {
  const groups = startGroups(deps);
  const examined: Examined[] = [];
  for (const group of groups) {
    const one = await group;
    if (one.checks.length === 0) continue;
    show(one);
    examined.push(one);
  }
  return examined;
}

function startGroups(deps: ExamineDeps): Promise<Examined>[] {
  const { environment, config } = deps;
  const run = (name: string, limitMs: number, work: Group['run']) => runGroup({ name, limitMs, run: work });
  const installation = run('Installation', 10_000, (report) => examineInstallation(deps, report));
  const host = (checkouts: number | undefined) =>
    run('This host', 15_000, (report) => examineHost({ environment, checkouts }, report));
  if ('broken' in config) {
    const rest = run('Not looked at', 1000, async (report) =>
      reportNotExamined(report, 'servers, repositories and the checker', 'the settings'),
    );
    return [installation, host(undefined), rest];
  }
  let isUsable = false;
  let checkouts: number | undefined;
  const postgres = run('PostgreSQL', 15_000, async (report) => {
    isUsable = await examineDatabase(deps, config, report);
    if (!isUsable) reportNotExamined(report, 'repositories and hosts', 'the database');
  });
  const redis = run('Redis', 15_000, (report) => examineQueue(deps, config, report));
  const repositories = postgres.then(() =>
    run('Repositories', 30_000, async (report) => {
      if (!isUsable || deps.sql === undefined) return;
      const readGit = () => readGitVersion(environment);
      checkouts = await examineRepositories({ ...deps, sql: deps.sql, host: config.host, readGit }, report);
    }),
  );
  const mirrors = postgres.then(() =>
    run('Mirrors', MIRRORS_MS, async (report) => {
      if (isUsable && deps.sql !== undefined)
        await examineMirrors({ ...config, sql: deps.sql, tryRemote: deps.tryRemote }, report);
    }),
  );
  const hosts = postgres.then(() =>
    run('Workers', 10_000, async (report) => {
      if (!isUsable || deps.sql === undefined) return;
      const { sql, clock } = deps;
      await examineHosts({ sql, clock, observedLimitMs: 2 * config.watchMs }, report);
    }),
  );
  const here = repositories.then(() => host(checkouts));
  const checker = run('Checker', config.checkTimeoutMs + CHECKER_MARGIN_MS, (report) =>
    examineChecker(config, report),
  );
  return [installation, postgres, redis, repositories, mirrors, hosts, here, checker];
}

async function examineDatabase(
  { sql, clock }: ExamineDeps,
  config: Config,
  report: Report,
): Promise<boolean> {
  try {
    const url = requireDatabaseUrl(config);
    return sql !== undefined && (await examinePostgres({ url, sql, schema: config.schema, clock }, report));
  } catch (error) {
    report(brokenCheck('server', error));
    return false;
  }
}

async function examineQueue({ redis, clock }: ExamineDeps, config: Config, report: Report): Promise<void> {
  if (config.redisUrl === undefined && config.databaseUrl !== undefined) {
    const remedy =
      'Set it (redis://host:6379) on every host with a worker. A web process runs without it; a push then waits for the next pass.';
    report(warning('server', 'REDIS_URL is not set: no worker can run here.', remedy));
    return;
  }
  try {
    const url = requireRedisUrl(config);
    if (redis !== undefined) await examineRedis({ url, redis, clock }, report);
  } catch (error) {
    report(brokenCheck('server', error));
  }
}

function reportNotExamined(report: Report, what: string, because: string): void {
  report(
    warning(
      'not looked at',
      `Without ${because} nothing can be said about ${what}.`,
      'Correct what is above, and run "doi doctor" again.',
    ),
  );
}
