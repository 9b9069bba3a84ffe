/** A small world of its own: a database, a folder of checkouts, and everything that evaluates and reads, in one process. */

import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';
import type { ReportAnswer } from '../../src/api/report.js';
import { NO_ISOLATION } from '../../src/checker/isolation.js';
import { runChecker } from '../../src/checker/run-checker.js';
import { runSubprocess } from '../../src/checker/run-subprocess.js';
import { DoiError } from '../../src/domain/errors.js';
import type { IsolationLevel } from '../../src/domain/isolation.js';
import { PRIORITY } from '../../src/domain/request.js';
import { CheckoutLoader } from '../../src/inputs/load/checkout-loader.js';
import { CheckoutProber } from '../../src/inputs/probe/checkout-prober.js';
import { systemClock } from '../../src/platform/clock.js';
import { openLog } from '../../src/platform/log.js';
import type { Sql } from '../../src/platform/postgres/sql.js';
import { distPath, readRelease } from '../../src/platform/process/package-root.js';
import { openScratchFolder } from '../../src/platform/process/scratch-folder.js';
import type { RefreshActions } from '../../src/reader/force-refresh.js';
import { readReport } from '../../src/reader/read-report.js';
import type { ReaderRoutesDeps } from '../../src/reader/routes/index.js';
import { registerRepositories } from '../../src/registry/register.js';
import { type Basis, readBases } from '../../src/store/evaluations/read-basis.js';
import { announceHost } from '../../src/store/hosts/heartbeat.js';
import { readInstallation } from '../../src/store/installation.js';
import { addRequests } from '../../src/store/requests/add-requests.js';
import { startRequest } from '../../src/store/requests/start-requests.js';
import { type HandleDependencies, handleJob, type Outcome } from '../../src/worker/handle-job.js';
import { openGit } from '../../src/worker/open-git.js';
import { type OpenMirrors, openMirrors } from '../../src/worker/open-mirrors.js';
import { makeSummary } from './summary.js';
import { makeTempFolder, removeFolder } from './temp-folder.js';
import { openTestDatabase } from './test-database.js';

/** Reading evaluates nothing in a world without a producer. */
const NO_REFRESHING: RefreshActions = {
  checkWriter: () => {
    throw new DoiError('forbidden', 'No client may request anything here.', 'Start a web process.');
  },
  request: () => Promise.reject(new Error('no client may request anything')),
  requestVerification: () => Promise.reject(new Error('no client may request anything')),
  waitForCompletion: () => Promise.reject(new Error('no client may request anything')),
};

const HOUR = 3_600_000;

/** What an evaluation of one repository starts from. */
export async function readBasis(sql: Sql, repoId: string): Promise<Basis | undefined> {
  return (await readBases(sql, [repoId]))[0];
}

export interface World {
  readonly sql: Sql;
  readonly url: string;
  readonly folder: string;
  /** May be changed by a test before it evaluates. */
  deps: HandleDependencies & ReaderRoutesDeps & { isolation: IsolationLevel };
  /** The mirrors of this host; their loop does not run. */
  readonly mirrors: OpenMirrors;
  /** How often the checker was run. */
  checks: number;
  /** How long the checker may run, in milliseconds; may be changed by a test. */
  checkTimeoutMs: number;
  /** Makes a checkout with `files` (and a `.git`) and registers it; returns its id. */
  add(slug: string, files?: Readonly<Record<string, string>>): Promise<string>;
  /** Writes a file of a checkout. */
  write(slug: string, file: string, text: string): Promise<void>;
  path(slug: string, file?: string): string;
  /** Requests an evaluation and handles the wake-up, as a worker would. */
  evaluate(slug: string, options?: { forced?: boolean }): Promise<Outcome>;
  read(slug: string): Promise<ReportAnswer>;
  id(slug: string): Promise<string>;
  close(): Promise<void>;
}

/**
 * @param options `host`: the name of this host; `runGit`: what starts git in the place of `runSubprocess`, for a test that
 *   lets it fail
 */
export async function openWorld(
  name: string,
  { host = 'here', runGit = runSubprocess } = {},
): Promise<World> {
  const database = await openTestDatabase({ connections: 8 });
  const folder = await makeTempFolder(name);
  const prober = new CheckoutProber();
  const loader = new CheckoutLoader();
  const { sql } = database;
  const limit = pLimit(availableParallelism());
  const scratch = await openScratchFolder(folder);
  const git = openGit({
    ...{
      run: runGit,
      isolation: NO_ISOLATION,
      environment: process.env,
      timeoutMs: 20_000,
      limit,
      scratch,
    },
    checkerInputs: [],
    fetchObjects: (...wanted) => world.mirrors.fetchObjects(...wanted),
  });
  const mirrors = openMirrors({
    config: { host, mirrorsDir: join(folder, 'mirrors'), fetchMs: 300_000, fetchConcurrency: 4 },
    ...{ sql, clock: systemClock, log: openLog('test', 'silent'), installation: await readInstallation(sql) },
    ...{ run: runGit, environment: process.env, onEnd: async () => {}, jobWaitMs: 60_000 },
  });
  const verifying = {
    release: readRelease(),
    limits: { any: 24 * HOUR, checker: 24 * HOUR },
    ...{ observedLimitMs: 60_000, contactLimitMs: 600_000, runningLimitMs: 90_000 },
  };
  // Its thread starts when the summary is first asked for.
  const summary = makeSummary(verifying, { databaseUrl: database.url });
  const world: World = {
    sql,
    url: database.url,
    folder,
    checks: 0,
    checkTimeoutMs: 20_000,
    mirrors,
    deps: {
      ...{
        sql,
        prober,
        loader,
        ...git,
        contact: mirrors.contact,
        clock: systemClock,
        host,
        summary,
        ...verifying,
      },
      checker: { kind: 'built-in', file: distPath('checker.cjs') },
      searchPath: process.env['PATH'] ?? '',
      ...{
        probeTimeoutMs: 5000,
        loadTimeoutMs: 10_000,
        startsToRevert: new Map(),
        start: (repoId: string) => startRequest(sql, repoId),
        basis: (repoId: string) => readBasis(sql, repoId),
        isolation: 'none',
        freshMs: 0,
        publicBadges: false,
        publicUrl: '/',
        historyDays: 400,
        refreshing: NO_REFRESHING,
      },
      check: ({ path, slug }, signal) => {
        world.checks += 1;
        const environment = process.env;
        const settings = world.deps.checker;
        const request = { settings, path, slug, timeoutMs: world.checkTimeoutMs, limit, environment, signal };
        return runChecker({ ...request, isolation: NO_ISOLATION });
      },
    },
    path: (slug, file = '') => join(folder, slug, file),
    async add(slug, files = {}) {
      await mkdir(join(folder, slug, '.git'), { recursive: true });
      for (const [file, text] of Object.entries(files)) await world.write(slug, file, text);
      await registerRepositories(sql, { paths: [join(folder, slug)], host, slug });
      return world.id(slug);
    },
    async write(slug, file, text) {
      const path = join(folder, slug, file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    },
    async evaluate(slug, { forced = false } = {}) {
      const repoId = await world.id(slug);
      await addRequests(sql, [{ repoId, reason: 'test', priority: PRIORITY.person, forced, wanted: null }]);
      const { outcome } = await handleJob(world.deps, repoId, new AbortController().signal);
      return outcome;
    },
    read: async (slug) => (await readReport(world.deps, slug)).answer,
    async id(slug) {
      const [row] = await sql<{ id: string }[]>`select id::text from managed_repos where slug = ${slug}`;
      if (row === undefined) throw new Error(`${slug} is not registered`);
      return row.id;
    },
    async close() {
      await mirrors.close();
      await summary.close();
      await prober.close();
      await loader.close();
      await database.close();
      await removeFolder(folder);
    },
  };
  await announceHost(sql, {
    host,
    version: world.deps.release.version,
    capacity: 1,
    isolation: 'none',
  });
  return world;
}
