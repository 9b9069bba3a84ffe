/** Removes a host that is gone for good. */
import { DoiError } from '../../domain/errors.js';
import { iso, type Sql, statement } from '../../platform/postgres/sql.js';
import { isWithin } from './heartbeat.js';

export interface RemoveOptions {
  /** After so long without a heartbeat, in milliseconds, a host counts as silent. */
  readonly observedLimitMs: number;
  /** Remove it although it is not silent. */
  readonly forced: boolean;
}

interface Row {
  readonly is_known: boolean;
  readonly alive_at: string | null;
  readonly repositories: number;
}

/**
 * Removes a host with its claims and its workers' metrics, all or nothing: another host that has checkouts of these
 * repositories claims them in its next pass. Locks the rows that it deletes, that of doi_host first.
 * @returns how many repositories it had claimed
 * @throws {DoiError} `unknown_host`; `host_alive`; `database_unavailable`
 */
export async function removeHost(sql: Sql, host: string, options: RemoveOptions): Promise<number> {
  const row = await remove(sql, host, options);
  if (row?.alive_at) {
    throw new DoiError(
      'host_alive',
      `The host ${host} is alive: its last heartbeat was at ${row.alive_at}.`,
      'Stop it first. A worker that runs on claims everything again ("--force" removes the host all the same).',
    );
  }
  if (!row?.is_known) {
    const found = `No host ${JSON.stringify(host.slice(0, 120))} is known.`;
    throw new DoiError('unknown_host', found, '"doi host list" lists all.');
  }
  return row.repositories;
}

async function remove(sql: Sql, host: string, options: RemoveOptions): Promise<Row | undefined> {
  const [row] = await statement(sql<Row[]>`
    with known as (
      select greatest(heartbeat, worker_at) as alive_at from doi_host where host = ${host} for update
    ), alive as (
      select alive_at from known
      where ${isWithin(sql, 'alive_at', options.observedLimitMs)} and not ${options.forced}
    ), freed as (
      delete from doi_observation where host = ${host} and not exists (select from alive) returning repo_id
    ), counted as (
      delete from doi_worker_metrics where host = ${host} and not exists (select from alive)
    ), removed as (
      delete from doi_host where host = ${host} and not exists (select from alive)
    )
    select exists (select from known) or exists (select from freed) as is_known,
      (select ${iso(sql, 'alive_at')} from alive) as alive_at,
      (select count(*)::int from freed) as repositories`);
  return row;
}
