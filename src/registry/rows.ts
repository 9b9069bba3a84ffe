/**
 * Reads and inserts rows of `managed_repos` and `domains` for registering, under the registry's lock, and matches folders
 * with them.
 */

import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { isSameFolder } from '../checkout/real-folder.js';
import { checkoutPath } from '../domain/home.js';
import { isGone } from '../platform/file-errors.js';
import { type Sql, type Statements, statement } from '../platform/postgres/sql.js';
import { expandHome } from '../platform/settings/setting-forms.js';
import { unknownRepository } from '../store/repositories/unknown-repository.js';
import { remoteKey } from './normalize-remote.js';

/** A checkout or a bare repository to register. */
export interface Checkout {
  /** The real, absolute path. */
  readonly path: string;
  /** Whether it is a bare repository. */
  readonly isBare?: boolean;
  readonly remoteUrl: string | null;
}

/** The columns of a `managed_repos` row that registering reads. */
export interface Registration {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly status: string;
  readonly domainSlug: string | null;
  readonly remoteUrl: string | null;
  readonly localPath: string | null;
  /** Host name to path; empty where the column is null or anything but a map of texts. */
  readonly hostPaths: Readonly<Record<string, string>>;
}

const row = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  status: z.string().catch('active'),
  domainSlug: z.string().nullable(),
  remoteUrl: z.string().nullable(),
  localPath: z.string().nullable(),
  hostPaths: z.record(z.string(), z.string()).catch({}),
});

/** All registered repositories by slug, archived ones included. Locks nothing; reads every row. */
export async function readRegistrations(sql: Statements): Promise<Registration[]> {
  const rows = await sql`
    select r.id::text as id, r.slug, coalesce(r.name, '') as name, r.status, d.slug as "domainSlug",
      r.remote_url as "remoteUrl", r.local_path as "localPath", r.host_paths as "hostPaths"
    from managed_repos r left join domains d on d.id = r.domain_id
    order by r.slug`;
  return z.array(row).parse([...rows]);
}

/** By real path: the repository that is registered with this path on this host. */
export async function matchPlaces(
  paths: readonly string[],
  known: readonly Registration[],
  host: string,
): Promise<Map<string, Registration>> {
  const matches = new Map<string, Registration>();
  for (const registration of known) {
    const registered = checkoutPath(registration, host);
    if (registered === undefined) continue;
    for (const path of paths) {
      if (!matches.has(path) && (await isSameFolder(registered, path))) matches.set(path, registration);
    }
  }
  return matches;
}

/**
 * By the path of a checkout: the first registered repository that has its remote and whose folder on this host is gone.
 * Only folders of repositories with one of these remotes are read.
 */
export async function matchGone(
  checkouts: readonly Checkout[],
  known: readonly Registration[],
  host: string,
): Promise<Map<string, Registration>> {
  const wanted = new Set(checkouts.flatMap(({ remoteUrl }) => remoteKey(remoteUrl) ?? []));
  const gone = new Map<string, Registration>();
  for (const registration of known) {
    const path = Object.hasOwn(registration.hostPaths, host) ? checkoutPath(registration, host) : undefined;
    const key = remoteKey(registration.remoteUrl);
    if (path === undefined || key === undefined || !wanted.has(key) || gone.has(key)) continue;
    if (await isFolderGone(resolve(expandHome(path)))) gone.set(key, registration);
  }
  const matches = new Map<string, Registration>();
  for (const { path, remoteUrl } of checkouts) {
    const registration = gone.get(remoteKey(remoteUrl) ?? '');
    if (registration !== undefined) matches.set(path, registration);
  }
  return matches;
}

async function isFolderGone(path: string): Promise<boolean> {
  try {
    return !(await stat(path)).isDirectory();
  } catch (error) {
    // Any other error, such as a missing right, does not mean that the folder is gone.
    return isGone(error);
  }
}

export interface NewRepository {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly domain: string;
  readonly remoteUrl: string | null;
  readonly hostPaths: Readonly<Record<string, string>>;
}

/**
 * Inserts the repositories, either all or none, each with the domain of that slug, which must exist.
 * Locks: the new rows, and the domains they name against deletion. Index: the unique ones on the slugs.
 */
export async function insertRepositories(sql: Statements, rows: readonly NewRepository[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into managed_repos
      (id, domain_id, slug, name, remote_url, host_paths, status, created_at, updated_at)
    select n.id, d.id, n.slug, n.name, n."remoteUrl", n."hostPaths", 'active', clock_timestamp(), clock_timestamp()
    from json_to_recordset(${sql.json(rows as never)}::json)
      as n (id uuid, slug text, name text, domain text, "remoteUrl" text, "hostPaths" json)
    left join domains d on d.slug = n.domain`;
}

/** The id of a repository. Locks nothing. @throws {DoiError} `unknown_repository`, `database_unavailable` */
export async function findRepositoryId(sql: Sql, slug: string): Promise<string> {
  const [row] = await statement(
    sql<{ id: string }[]>`select id::text from managed_repos where slug = ${slug}`,
  );
  if (row !== undefined) return row.id;
  throw await unknownRepository(sql, [slug]);
}

/**
 * Takes the registry's lock for the rest of the transaction, so that two processes that register at once cannot both use a
 * path or a slug that they found free.
 * Locks: an advisory lock; no row and no table. Waits at most `lock_timeout`.
 */
export async function lockRegistry(sql: Statements): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('doi-worker registry ' || current_schema(), 0))`;
}

/**
 * Adds the domain with status `active` if it is missing; an existing one stays unchanged.
 * Locks: only the new row. Index: the unique one on `domains.slug`.
 */
export async function ensureDomain(sql: Statements, slug: string): Promise<void> {
  await sql`
    insert into domains (id, slug, name, status, created_at, updated_at)
    values (${randomUUID()}, ${slug}, ${slug}, 'active', clock_timestamp(), clock_timestamp())
    on conflict (slug) do nothing`;
}
