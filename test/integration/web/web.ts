/** Starts the web process's code inside the test's process. */
import { readConfig } from '../../../src/platform/config.js';
import { type Log, openLog } from '../../../src/platform/log.js';
import type { Scope } from '../../../src/platform/process/shutdown.js';
import { runWeb } from '../../../src/web/run-web.js';
import { WEBHOOK_ENV } from './deliveries.js';

export const TOKEN = 'token-for-asking-0123';

export interface WebSettings {
  readonly databaseUrl: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly log?: Log;
}

/** Starts it with all webhooks configured; the scope stops it. @returns its URL */
export function startWeb(scope: Scope, { databaseUrl, env = {}, log }: WebSettings): Promise<string> {
  const settings = {
    DATABASE_URL: databaseUrl,
    PORT: '0',
    DOI_HOST: 'here',
    DOI_TOKEN: TOKEN,
    ...WEBHOOK_ENV,
  };
  return runWeb(readConfig({ ...settings, ...env }), log ?? openLog('test', 'silent'), scope);
}
