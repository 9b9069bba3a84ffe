/**
 * Makes sure that a domain exists; one that is there stays as it is.
 * Locks: the new row alone. Index: the unique one on `domains.slug`.
 */
import { randomUUID } from 'node:crypto';
import type { Statements } from './statements.js';

/** Adds the domain with status `active` where it is missing. */
export async function ensureDomain(sql: Statements, slug: string): Promise<void> {
  await sql`
    insert into domains (id, slug, name, status, created_at, updated_at)
    values (${randomUUID()}, ${slug}, ${slug}, 'active', clock_timestamp(), clock_timestamp())
    on conflict (slug) do nothing`;
}
