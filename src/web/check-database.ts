/** Checks a web process's connection to the database. The process starts even while the database is unavailable. */
import { DoiError } from '../domain/errors.js';
import { systemClock } from '../platform/clock.js';
import type { Config } from '../platform/config.js';
import type { Log } from '../platform/log.js';
import { checkEncoding, checkSession } from '../platform/postgres/session.js';
import { databaseError, type Sql } from '../platform/postgres/sql.js';
import type { Scope } from '../platform/process/shutdown.js';

const RETRY_MS = 1000;

export interface CheckedProcess {
  readonly config: Pick<Config, 'schema'>;
  readonly log: Log;
  readonly scope: Scope;
}

/**
 * Checks at once, or as soon as the database answers; a later finding ends the process.
 * @throws {DoiError} if the connection has another schema than the configured one
 */
export async function checkDatabase(
  sql: Sql,
  { config, log, scope }: CheckedProcess,
  onRefused = endProcess,
): Promise<void> {
  const check = () =>
    answers(async () => {
      await checkSession(sql, { schema: config.schema, log });
      await checkEncoding(sql);
    });
  if (await check()) return;
  const stop = scope.add('database check', new AbortController(), (it) => it.abort());
  const checkLater = async () => {
    do await systemClock.sleep(RETRY_MS, stop.signal);
    while (!stop.signal.aborted && !(await check()));
  };
  checkLater().catch(onRefused);
}

function endProcess(error: unknown): never {
  throw error;
}

/** Runs a check; false if the database was unavailable. */
async function answers(check: () => Promise<void>): Promise<boolean> {
  try {
    await check();
    return true;
  } catch (thrown) {
    const error = databaseError(thrown);
    if (error instanceof DoiError && error.code === 'database_unavailable') return false;
    throw error;
  }
}
