/**
 * Records a domain's name and status, and which repositories belong to it, as a State Hub would.
 * Locks: the domain's row and the repositories'. Index: the unique ones on both slugs.
 */
import { randomUUID } from 'node:crypto';
import { DoiError } from '../domain/errors.js';
import type { Sql } from '../platform/sql.js';
import { requireDomainSlug } from './slug.js';
import { unknownRepository } from './unknown-repository.js';

export interface DomainWish {
  readonly slug: string;
  /** Left out, the name stays as it is; a new domain's is its slug. */
  readonly name?: string | undefined;
  /** Left out, the status stays as it is; a new domain's is `active`. */
  readonly status?: string | undefined;
  /** Slugs of repositories to assign to it. */
  readonly repositories: readonly string[];
}

/**
 * Makes or changes the domain and assigns the repositories to it.
 * @throws {DoiError} `unknown_repository`, with nothing made; `bad_slug`; `bad_request` for a bad name or status.
 */
export async function recordDomain(sql: Sql, wish: DomainWish): Promise<void> {
  const slug = requireDomainSlug(wish.slug);
  const { name, status } = checkWish(wish);
  const slugs = [...new Set(wish.repositories)];
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

function checkWish(wish: DomainWish): { name: string | null; status: string | null } {
  const name = wish.name?.trim() ?? null;
  const status = wish.status ?? null;
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
