/** Changes registered repositories: path, remote and domain by registering or moving, archiving, and unregistering. */

import { realFolder } from '../checkout/real-folder.js';
import { DoiError } from '../domain/errors.js';
import type { Sql, Statements } from '../platform/postgres/sql.js';
import { endMirror } from '../store/mirrors/change-sources.js';
import { describeUnknown, unknownRepository } from '../store/repositories/unknown-repository.js';
import { lockRegistry, matchPlaces, readRegistrations } from './rows.js';

/** A change of one row; null leaves that column unchanged. */
export interface RepositoryChange {
  readonly id: string;
  readonly host: string;
  readonly path: string | null;
  readonly remoteUrl: string | null;
  /** The slug of an existing domain. */
  readonly domain: string | null;
}

/**
 * Applies the changes; the paths of other hosts stay unchanged.
 * Locks: the rows it changes, and the domains they name against deletion. Index: the primary key of `managed_repos`.
 */
export async function changeRepositories(
  sql: Statements,
  changes: readonly RepositoryChange[],
): Promise<void> {
  if (changes.length === 0) return;
  await sql`
    update managed_repos r set
      host_paths = case when c.path is null then r.host_paths else (
        (case when json_typeof(r.host_paths::json) = 'object' then r.host_paths::jsonb else '{}' end)
        || jsonb_build_object(c.host, c.path))::json end,
      remote_url = coalesce(c."remoteUrl", r.remote_url),
      domain_id = coalesce((select d.id from domains d where d.slug = c.domain), r.domain_id),
      updated_at = clock_timestamp()
    from json_to_recordset(${sql.json(changes as never)}::json)
      as c (id uuid, host text, path text, "remoteUrl" text, domain text)
    where r.id = c.id`;
}

/**
 * Archives repositories, which are then neither evaluated nor listed, or makes them active again: either all of them, or
 * none. A repository that has the status already is not changed.
 * Locks: the rows it changes. Index: the unique one on `managed_repos.slug`.
 * @throws {DoiError} `unknown_repository`
 */
export async function archiveRepositories(
  sql: Statements,
  slugs: readonly string[],
  status: 'archived' | 'active' = 'archived',
): Promise<void> {
  const wanted = [...new Set(slugs)];
  const [row] = await sql<{ known: number }[]>`
    with known as (select id, status from managed_repos where slug = any(${wanted}::text[])),
    changed as (
      update managed_repos r set status = ${status}, updated_at = clock_timestamp()
      from known k
      where r.id = k.id and k.status is distinct from ${status}
        and (select count(*) from known) = ${wanted.length}
      returning r.id
    )
    select count(*)::int as known from known`;
  if ((row?.known ?? 0) < wanted.length) throw await unknownRepository(sql, wanted);
}

/** A repository, and the host that keeps a mirror of its remote. */
export interface MirrorOf {
  readonly slug: string;
  readonly host: string;
}

/**
 * Deletes repositories from the registry, with everything recorded about them: either all of them, or none. The worker of a
 * mirror's host then deletes the mirror.
 * Locks: the rows it deletes and, through the foreign keys' cascades, the rows that refer to them. Index: the unique one
 * on `managed_repos.slug`, and those on `repo_id`.
 * @returns those of which a host kept a mirror
 * @throws {DoiError} `unknown_repository`; `bad_request` where a table of a State Hub still refers to a repository
 */
export async function unregisterRepositories(sql: Sql, slugs: readonly string[]): Promise<MirrorOf[]> {
  const wanted = [...new Set(slugs)];
  const deleted = await sql<{ slug: string; host: string | null }[]>`
    delete from managed_repos r
    where slug = any(${wanted}::text[])
      and (select count(*) from managed_repos where slug = any(${wanted}::text[])) = ${wanted.length}
    returning slug, (select mirror_host from doi_source src where src.repo_id = r.id) as host`.catch(
    (error: unknown) => {
      throw stillReferred(error, wanted);
    },
  );
  if (deleted.length < wanted.length) throw await unknownRepository(sql, wanted);
  return deleted.flatMap(({ slug, host }) => (host === null ? [] : { slug, host }));
}

function stillReferred(error: unknown, slugs: readonly string[]): unknown {
  const { code, table_name: table } = error as { code?: string; table_name?: string };
  if (code !== '23503') return error;
  const found = `A row of the table ${table ?? 'of another program'} still refers to ${slugs.length === 1 ? slugs[0] : 'one of these repositories'}.`;
  const remedy = `Archive instead: "doi archive ${slugs.join(' ')}".`;
  return new DoiError('bad_request', found, remedy, { cause: error });
}

/**
 * Sets this host's path of a repository. Where that was a mirror, the host keeps it no more.
 * @returns the real path that was recorded
 * @throws {DoiError} `not_a_folder`, `unknown_repository`; `bad_request` where the path belongs to another repository
 */
export async function moveRepository(
  sql: Sql,
  slug: string,
  place: { host: string; path: string },
): Promise<string> {
  const path = await realFolder(place.path);
  await sql.begin(async (transaction) => {
    await lockRegistry(transaction);
    const known = await readRegistrations(transaction);
    const row = known.find((each) => each.slug === slug);
    if (row === undefined)
      throw describeUnknown(
        slug,
        known.map((each) => each.slug),
      );
    const others = known.filter((each) => each.id !== row.id);
    const taken = (await matchPlaces([path], others, place.host)).get(path);
    if (taken !== undefined) {
      const remedy =
        `If ${taken.slug} is the same repository registered twice, run "doi unregister ${taken.slug}" and try again; ` +
        `else first run "doi move ${taken.slug} PATH" with the folder of its checkout.`;
      throw new DoiError('bad_request', `${path} is registered as ${taken.slug}.`, remedy);
    }
    if (row.hostPaths[place.host] === path) return;
    const change = { id: row.id, host: place.host, path, remoteUrl: null, domain: null };
    await changeRepositories(transaction, [change]);
    await endMirror(transaction, row.id, place.host);
  });
  return path;
}
