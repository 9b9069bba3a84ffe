/** Opens a world whose repositories real workers evaluate and a real web server serves, for the tests of the page. */

import type { SummaryEntry } from '../../src/api/summary.js';
import { findFreePort } from '../../src/local/free-port.js';
import { readConfig } from '../../src/platform/config.js';
import { openLog } from '../../src/platform/log.js';
import { Scope } from '../../src/platform/process/shutdown.js';
import { runWeb } from '../../src/web/run-web.js';
import { until } from '../e2e/programs.js';
import { openWorkerWorld, type WorkerWorld } from '../fault/worker-world.js';

/** The token for requesting evaluations. */
export const TOKEN = 'token-for-writing-0123';

/** Files with which a repository meets all criteria that read files. */
export const GOOD = {
  'SCOPE.md': '# Scope\n',
  'CLAUDE.md': '# Claude\n\nkaizen\n',
  'tpsc.yaml': 'services: []\n',
  'workplans/README.md': '# Plans\n',
} as const;

export interface Served extends WorkerWorld {
  /** The same over a restart of the web server. */
  readonly url: string;
  /** Registers a repository of a domain with these files. */
  add(slug: string, domain: string, files?: Readonly<Record<string, string>>): Promise<void>;
  /** Waits until the summary matches. */
  summaryIs(matches: (entries: readonly SummaryEntry[]) => boolean): Promise<void>;
  /** Waits until each repository is evaluated and fresh. */
  allFresh(): Promise<void>;
  stopWeb(): Promise<void>;
  startWeb(): Promise<void>;
  /** Starts one more web server over the same repositories, with other settings. @returns its address */
  serveWith(env: NodeJS.ProcessEnv): Promise<string>;
}

/**
 * Opens it without a web server: a test starts that once there is something to serve, so that no page waits for it.
 * @param settings those of the web server
 */
export async function openServed(name: string, settings: NodeJS.ProcessEnv = {}): Promise<Served> {
  const workers = await openWorkerWorld(name);
  const { world, redis } = workers;
  const runOn = (port: number, env: NodeJS.ProcessEnv, scope: Scope) => {
    const config = readConfig({
      ...{ DATABASE_URL: world.url, REDIS_URL: redis.url, PORT: String(port) },
      ...{ DOI_HOST: 'here', DOI_TOKEN: TOKEN },
      // The same checker as the workers': another one would make everything stale.
      DOI_CONSISTENCY_COMMAND: workers.env['DOI_CONSISTENCY_COMMAND'],
      ...settings,
      ...env,
    });
    return runWeb(config, openLog('test', 'silent'), scope);
  };
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}/`;
  const others = new Scope();
  let web = new Scope();
  const served: Served = {
    ...workers,
    url,
    async add(slug, domain, files = {}) {
      await world.add(slug, files);
      await world.sql`
        insert into domains (slug, name) values (${domain}, ${domain})
        on conflict (slug) do nothing`;
      await world.sql`
        update managed_repos set remote_url = 'https://git.example/acme/thing',
          domain_id = (select id from domains where slug = ${domain})
        where slug = ${slug}`;
    },
    async summaryIs(matches) {
      const read = async () => (await (await fetch(`${url}repos/doi/summary`)).json()) as SummaryEntry[];
      await until(read, matches, 30_000);
    },
    allFresh: () =>
      served.summaryIs((entries) => entries.length > 0 && entries.every((entry) => !entry.stale)),
    stopWeb: () => web.close(),
    async startWeb() {
      web = new Scope();
      await runOn(port, {}, web);
    },
    async serveWith(env) {
      const other = await findFreePort();
      await runOn(other, env, others);
      return `http://127.0.0.1:${other}/`;
    },
    async close() {
      await others.close();
      await web.close();
      await workers.close();
    },
  };
  return served;
}
