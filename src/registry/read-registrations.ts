/**
 * Reads what is registered, with what says where and what it is.
 * Locks: nothing. Index: none; it reads every row.
 */
import { z } from 'zod';
import type { Statements } from './statements.js';

/** A row of `managed_repos`, as far as registering looks at it. */
export interface Registration {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly status: string;
  readonly domainSlug: string | null;
  readonly remoteUrl: string | null;
  readonly localPath: string | null;
  /** Host name to path; empty when the column is null or holds anything but a map of texts. */
  readonly hostPaths: Readonly<Record<string, string>>;
  /** ISO 8601 text with microseconds; empty where a hub's row has no finite time. */
  readonly updatedAt: string;
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
  updatedAt: z.string(),
});

/** All registered repositories by slug, archived ones included. */
export async function readRegistrations(sql: Statements): Promise<Registration[]> {
  const rows = await sql`
    select r.id::text as id, r.slug, coalesce(r.name, '') as name, r.status, d.slug as "domainSlug",
      r.remote_url as "remoteUrl", r.local_path as "localPath", r.host_paths as "hostPaths",
      coalesce(to_char(r.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '') as "updatedAt"
    from managed_repos r left join domains d on d.id = r.domain_id
    order by r.slug`;
  return z.array(row).parse([...rows]);
}
