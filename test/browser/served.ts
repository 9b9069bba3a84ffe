/** Repositories that real workers judge, served by a real web process, for a page to look at. */

import type { SummaryEntry } from '../../src/api/summary.js';
import { findFreePort } from '../../src/local/free-port.js';
import { readConfig } from '../../src/platform/config.js';
import { openLog } from '../../src/platform/log.js';
import { Scope } from '../../src/platform/process/shutdown.js';
import { runWeb } from '../../src/web/run-web.js';
import { until } from '../e2e/programs.js';
import { openWorkerWorld, type WorkerWorld } from '../fault/worker-world.js';

export const TOKEN = 'token-for-asking-0123';

/** Files with which a repository meets all that files decide. */
export const GOOD = {
  'SCOPE.md': '# Scope\n',
  'CLAUDE.md': '# Claude\n\nkaizen\n',
  'tpsc.yaml': 'services: []\n',
  'workplans/README.md': '# Plans\n',
} as const;

export interface Served extends WorkerWorld {
  /** The same over a restart. */
  readonly url: string;
  /** Registers a repository of a domain with these files. */
  add(slug: string, domain: string, files?: Readonly<Record<string, string>>): Promise<void>;
  /** Waits until the summary is as wanted. */
  summaryIs(isWanted: (entries: readonly SummaryEntry[]) => boolean): Promise<void>;
  /** Waits until each repository is judged and fresh. */
  allFresh(): Promise<void>;
  stopWeb(): Promise<void>;
  startWeb(): Promise<void>;
}

export interface ServedSettings {
  /** Settings of the web process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Another PostgreSQL than that of the world. */
  readonly databaseUrl?: string;
}

/** Opens it; the web process is started when there is something to serve, so that no page waits for what comes later. */
export async function openServed(name: string, settings: ServedSettings = {}): Promise<Served> {
  const workers = await openWorkerWorld(name);
  const port = await findFreePort();
  const { world, redis } = workers;
  const config = readConfig({
    ...{ DATABASE_URL: settings.databaseUrl ?? world.url, REDIS_URL: redis.url, PORT: String(port) },
    ...{ DOI_HOST: 'here', DOI_TOKEN: TOKEN },
    // The same checker as the workers': another one would make everything stale.
    DOI_CONSISTENCY_COMMAND: workers.env['DOI_CONSISTENCY_COMMAND'],
    ...settings.env,
  });
  const readToken = settings.env?.['DOI_READ_TOKEN'];
  const headers = readToken === undefined ? {} : { authorization: `Bearer ${readToken}` };
  let web = new Scope();
  const url = `http://127.0.0.1:${port}/`;
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
    async summaryIs(isWanted) {
      const read = async () => {
        const reply = await fetch(`${url}repos/doi/summary`, { headers });
        return (await reply.json()) as SummaryEntry[];
      };
      await until(read, isWanted, 30_000);
    },
    allFresh: () =>
      served.summaryIs((entries) => entries.length > 0 && entries.every((entry) => !entry.stale)),
    stopWeb: () => web.close(),
    async startWeb() {
      web = new Scope();
      await runWeb(config, openLog('test', 'silent'), web);
    },
    async close() {
      await web.close();
      await workers.close();
    },
  };
  return served;
}
