/** Forgets a host that is gone for good, with its claims, and moves the mirrors that it kept to another host. */
import { DoiError } from '../../domain/errors.js';
import { iso, type Sql, statement } from '../../platform/postgres/sql.js';
import { neverContacted } from '../mirrors/change-sources.js';
import { isWithin } from './heartbeat.js';

export interface ForgetOptions {
  /** Two watch intervals, in milliseconds: as recent a heartbeat means that the host is alive. */
  readonly observedLimitMs: number;
  /** Whether it is forgotten even if it is alive. */
  readonly forced: boolean;
  /** The host that keeps the mirrors from now on; without it they stay where no worker fetches them. */
  readonly moveTo?: string | undefined;
}

export interface Forgotten {
  /** How many repositories it had claimed. */
  readonly repositories: number;
  /** How many mirrors it kept. */
  readonly mirrors: number;
}

interface Row {
  readonly is_known: boolean;
  readonly alive_at: string | null;
  readonly is_target: boolean;
  readonly repositories: number;
  readonly mirrors: number;
}

/**
 * Deletes a host, its claims, its workers' metrics and what it knew of servers. Reports and history stay. Another host that
 * has a path claims its repositories with its next pass. With `moveTo`, that host gets a path of each mirror, and makes it
 * when it next contacts remotes, at once; where it has a folder of its own of such a repository, that is judged.
 * @throws {DoiError} `unknown_host`; `host_alive`; `bad_request` where the other host keeps no mirrors; `database_unavailable`.
 *   Then nothing is changed.
 */
export async function forgetHost(sql: Sql, host: string, options: ForgetOptions): Promise<Forgotten> {
  const { moveTo } = options;
  if (moveTo === host)
    throw new DoiError('bad_request', `${moveTo} is the host to forget.`, 'Give another host to --move-to.');
  const row = await forget(sql, host, options);
  if (row?.alive_at) {
    throw new DoiError(
      'host_alive',
      `The host ${host} is alive: its last heartbeat was at ${row.alive_at}.`,
      'Stop it first. A worker that runs on claims everything again ("--force" forgets the host all the same).',
    );
  }
  if (!row?.is_known) {
    const found = `No host ${JSON.stringify(host.slice(0, 120))} is known.`;
    throw new DoiError('unknown_host', found, '"doi host list" lists all.');
  }
  if (!row.is_target) {
    const found = `The host ${JSON.stringify(moveTo?.slice(0, 120))} keeps no mirrors: no worker that can has run there.`;
    const remedy = 'Start a worker of this release there, and try again; "doi host list" lists all hosts.';
    throw new DoiError('bad_request', found, remedy);
  }
  const { repositories, mirrors } = row;
  return { repositories, mirrors };
}

async function forget(sql: Sql, host: string, options: ForgetOptions): Promise<Row | undefined> {
  const to = options.moveTo ?? null;
  const [row] = await statement(sql<Row[]>`
    with known as (
      select greatest(heartbeat, worker_at) as alive_at from doi_host where host = ${host} for update
    ), alive as (
      select alive_at from known
      where ${isWithin(sql, 'alive_at', options.observedLimitMs)} and not ${options.forced}
    ), target as (
      select host, mirrors from doi_host where host = ${to}::text and mirrors is not null for share
    ), go as (
      select where not exists (select from alive) and (${to}::text is null or exists (select from target))
    ), mirrored as materialized (
      select r.id from managed_repos r join doi_source src on src.repo_id = r.id
      where src.mirror_host = ${host} order by r.id for update
    ), placed as (
      update managed_repos r set updated_at = clock_timestamp(), host_paths = (
        case when json_typeof(r.host_paths::json) = 'object' then r.host_paths::jsonb else '{}' end - ${host}::text
        || case when r.host_paths::jsonb ? target.host then '{}'
          else jsonb_build_object(target.host, target.mirrors || '/' || r.id || '.git') end)::json
      from mirrored, target where r.id = mirrored.id and exists (select from go)
    ), moved as (
      update doi_source src set ${neverContacted(sql)},
        mirror_host = case when r.host_paths::jsonb ? target.host then null else target.host end,
        due_at = case when r.host_paths::jsonb ? target.host then null else clock_timestamp() end
      from mirrored join managed_repos r on r.id = mirrored.id, target
      where src.repo_id = mirrored.id and exists (select from go)
    ), freed as (
      delete from doi_observation where host = ${host} and exists (select from go) returning repo_id
    ), counted as (
      delete from doi_worker_metrics where host = ${host} and exists (select from go)
    ), servers as (
      delete from doi_server where host = ${host} and exists (select from go)
    ), removed as (
      delete from doi_host where host = ${host} and exists (select from go)
    )
    select exists (select from known) or exists (select from mirrored)
        or exists (select from doi_observation where host = ${host}) as is_known,
      (select ${iso(sql, 'alive_at')} from alive) as alive_at,
      ${to}::text is null or exists (select from target) as is_target,
      (select count(*)::int from freed) as repositories,
      (select count(*)::int from mirrored) as mirrors`);
  return row;
}
