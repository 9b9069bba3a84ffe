/** Reads and writes by which mirror, and by which id at a forge, a repository is known (`doi_source`). */
import { z } from 'zod';
import type { Statements } from '../../platform/postgres/sql.js';

/** What discovery and registering read of a row of `doi_source`. */
export interface KnownSource {
  readonly repoId: string;
  readonly branch: string | null;
  readonly mirrorHost: string | null;
  readonly forge: string | null;
  readonly forgeId: string | null;
}

const row = z.object({
  repoId: z.string(),
  branch: z.string().nullable(),
  mirrorHost: z.string().nullable(),
  forge: z.string().nullable(),
  forgeId: z.string().nullable(),
});

/** All sources by the id of the repository. Locks nothing; reads every row. */
export async function readSources(sql: Statements): Promise<Map<string, KnownSource>> {
  const rows = await sql`
    select repo_id::text as "repoId", branch, mirror_host as "mirrorHost", forge, forge_id as "forgeId" from doi_source`;
  return new Map(
    z
      .array(row)
      .parse([...rows])
      .map((source) => [source.repoId, source]),
  );
}

/** A source to add or change; null leaves what a row has. */
export interface SourceChange {
  readonly repoId: string;
  readonly branch: string | null;
  /** The host that keeps the mirror from now on; for another address or branch of one that is there see `retargetMirrors`. */
  readonly mirrorHost: string | null;
  readonly server: string | null;
  readonly forge: string | null;
  readonly forgeId: string | null;
}

/**
 * Adds the sources, or changes those that are there.
 * A new mirror is contacted by the job of its first evaluation, which begins at once; that it is due a minute later is for
 * the case that this job never comes.
 * Locks: the rows it writes, and their repositories against deletion. Index: the primary key, and that of the forges' ids.
 */
export async function writeSources(sql: Statements, changes: readonly SourceChange[]): Promise<void> {
  if (changes.length === 0) return;
  await sql`
    insert into doi_source as s (repo_id, branch, mirror_host, server, forge, forge_id, due_at)
    select c."repoId", c.branch, c."mirrorHost", c.server, c.forge, c."forgeId",
      case when c."mirrorHost" is not null then clock_timestamp() + interval '60 seconds' end
    from json_to_recordset(${sql.json(changes as never)}::json)
      as c ("repoId" uuid, branch text, "mirrorHost" text, server text, forge text, "forgeId" text)
    on conflict (repo_id) do update set
      branch = coalesce(excluded.branch, s.branch),
      mirror_host = coalesce(excluded.mirror_host, s.mirror_host),
      server = coalesce(excluded.server, s.server),
      forge = coalesce(excluded.forge, s.forge),
      forge_id = coalesce(excluded.forge_id, s.forge_id),
      due_at = coalesce(excluded.due_at, s.due_at)`;
}
