/** Records domains, goals, SBOMs and snapshots of third-party services in the registry, as a State Hub would. */
import { randomUUID } from 'node:crypto';
import { DoiError } from '../domain/errors.js';
import type { Sql } from '../platform/postgres/sql.js';
import { unknownRepository } from '../store/repositories/unknown-repository.js';
import { requireDomainSlug } from './slug.js';

export interface DomainOptions {
  readonly slug: string;
  /** Without it the name stays unchanged; a new domain is named by its slug. */
  readonly name?: string | undefined;
  /** Without it the status stays unchanged; a new domain is `active`. */
  readonly status?: string | undefined;
  /** Slugs of repositories to assign to it. */
  readonly repositories: readonly string[];
}

/**
 * Creates or changes the domain, and assigns the repositories to it.
 * Locks: the rows of the domain and of the repositories. Index: the unique ones on both slugs.
 * @throws {DoiError} `unknown_repository`, and then nothing is changed; `bad_slug`; `bad_request` for a bad name or status
 */
export async function recordDomain(sql: Sql, options: DomainOptions): Promise<void> {
  const slug = requireDomainSlug(options.slug);
  const { name, status } = checkDomain(options);
  const slugs = [...new Set(options.repositories)];
  const [row] = await sql<{ known: number }[]>`
    with known as (select id from managed_repos where slug = any(${slugs}::text[])),
    domain as (
      insert into domains as d (id, slug, name, status, created_at, updated_at)
      select ${randomUUID()}::uuid, ${slug}, coalesce(${name}::text, ${slug}), coalesce(${status}::text, 'active'),
        clock_timestamp(), clock_timestamp()
      where (select count(*) from known) = ${slugs.length}
      on conflict (slug) do update set
        name = coalesce(${name}::text, d.name), status = coalesce(${status}::text, d.status),
        updated_at = clock_timestamp()
      returning d.id
    ),
    assigned as (
      update managed_repos r set domain_id = domain.id, updated_at = clock_timestamp()
      from known, domain where r.id = known.id
    )
    select count(*)::int as known from known`;
  if ((row?.known ?? 0) < slugs.length) throw await unknownRepository(sql, slugs);
}

function checkDomain(options: DomainOptions): { name: string | null; status: string | null } {
  const name = options.name?.trim() ?? null;
  const status = options.status ?? null;
  if (name !== null && (name === '' || name.length > 200))
    throw new DoiError('bad_request', 'The name is empty or too long.', 'Give one of 1 to 200 characters.');
  if (status !== null && !/^[a-z][a-z_-]{0,19}$/.test(status))
    throw new DoiError(
      'bad_request',
      'This is not a status of a domain.',
      'Give one such as active or archived.',
    );
  return { name, status };
}

export const GOAL_STATUSES = ['active', 'paused', 'completed', 'archived'] as const;
export type GoalStatus = (typeof GOAL_STATUSES)[number];

export interface Goal {
  readonly title: string;
  readonly status: GoalStatus;
}

/**
 * Sets the status of the repository's goal of that title, and adds the goal if it is missing.
 * Locks: the goal it changes or adds, and the repository against deletion. Index: the one on `repo_goals.repo_id`.
 * @throws {DoiError} `unknown_repository`; `bad_request` for an empty title or one over 300 characters
 */
export async function recordGoal(sql: Sql, slug: string, goal: Goal): Promise<void> {
  const title = goal.title.trim();
  if (title === '' || title.length > 300)
    throw new DoiError('bad_request', 'The title is empty or too long.', 'Give one of 1 to 300 characters.');
  const [row] = await sql<{ repositories: number }[]>`
    with repo as (select id from managed_repos where slug = ${slug}),
    changed as (
      update repo_goals g set status = ${goal.status}, updated_at = clock_timestamp()
      from repo where g.repo_id = repo.id and g.title = ${title}
      returning g.id
    ),
    added as (
      insert into repo_goals (id, repo_id, title, status, priority, created_at, updated_at)
      select ${randomUUID()}::uuid, id, ${title}, ${goal.status}, 0, clock_timestamp(), clock_timestamp()
      from repo where not exists (select from changed)
      returning id
    )
    select count(*)::int as repositories from repo`;
  if (row?.repositories !== 1) throw await unknownRepository(sql, [slug]);
}

/**
 * Records that a repository's software bill of materials was ingested now.
 * Locks: the row it changes. Index: the unique one on `managed_repos.slug`.
 * @throws {DoiError} `unknown_repository`
 */
export async function recordSbom(sql: Sql, slug: string): Promise<void> {
  const rows = await sql`
    update managed_repos set last_sbom_at = clock_timestamp(), updated_at = clock_timestamp()
    where slug = ${slug} returning id`;
  if (rows.length === 0) throw await unknownRepository(sql, [slug]);
}

/**
 * Records that a snapshot of a repository's third-party services was taken now.
 * Locks: the new row, and the repository against deletion. Index: the unique one on `managed_repos.slug`.
 * @throws {DoiError} `unknown_repository`
 */
export async function recordTpsc(sql: Sql, slug: string): Promise<void> {
  const rows = await sql`
    insert into tpsc_snapshots (id, repo_id, snapshot_at)
    select ${randomUUID()}::uuid, id, clock_timestamp() from managed_repos where slug = ${slug}
    returning id`;
  if (rows.length === 0) throw await unknownRepository(sql, [slug]);
}
