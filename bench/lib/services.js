// Services of a benchmark's own, and what it measures on them; everything ends and is removed with it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalServices } from '../../dist/local/services.js';
import { readConfig } from '../../dist/platform/config.js';
import { migrate } from '../../dist/platform/postgres/migrate.js';
import { closeSql, openSql } from '../../dist/platform/postgres/sql.js';
import { Scope } from '../../dist/platform/process/shutdown.js';
import { checkHubSchema } from '../../dist/registry/check-hub-schema.js';

/**
 * Runs a benchmark with a migrated PostgreSQL, a Redis and a folder of its own.
 * @param settings environment variables beside those of this process
 */
export async function withServices(settings, run) {
  const folder = mkdtempSync(join(tmpdir(), 'doi-bench-'));
  const scope = new Scope();
  try {
    const services = await startLocalServices({ dataDir: join(folder, 'data') }, scope);
    await migrate({ url: services.databaseUrl, direction: 'up', verify: checkHubSchema });
    const config = readConfig({
      ...process.env,
      DATABASE_URL: services.databaseUrl,
      REDIS_URL: services.redisUrl,
      PORT: '0',
      DOI_HOST: 'bench',
      LOG_LEVEL: 'warn',
      ...settings,
    });
    const url = services.databaseUrl;
    const sql = scope.add('database', openSql({ url, purpose: 'bench', connections: 4 }), closeSql);
    await run({ config, services, folder, scope, sql });
  } finally {
    await scope.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
