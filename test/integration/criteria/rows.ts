/** Puts the registry's rows into the states that criteria judge, by plain SQL as a hub would. */
import { randomUUID } from 'node:crypto';
import type { World } from '../../helpers/world.js';

type Prepare = (world: World, slug: string) => Promise<unknown>;
type Columns = Readonly<Record<string, string | null>>;

/** Sets text columns of the repository's row, but not `updated_at`, which a writer may forget. */
export function setColumns(columns: Columns): Prepare {
  return ({ sql }, slug) => sql`update managed_repos set ${sql(columns)} where slug = ${slug}`;
}

/** Sets `host_paths` to any JSON, or to null. */
export function setHostPaths(value: unknown): Prepare {
  const text = value === null ? null : JSON.stringify(value);
  return ({ sql }, slug) =>
    sql`update managed_repos set host_paths = ${text}::text::json where slug = ${slug}`;
}

/** Moves the repository into a new domain with that status. */
export function setDomain(domain: string, status: string): Prepare {
  return ({ sql }, slug) => sql`
    with d as (
      insert into domains (id, slug, name, status) values (${randomUUID()}, ${domain}, ${domain}, ${status})
      returning id
    )
    update managed_repos set domain_id = (select id from d) where slug = ${slug}`;
}

/** Sets the time of the last SBOM; as text, since a JavaScript date would lose the microseconds. */
export function setSbomTime(time: string): Prepare {
  return ({ sql }, slug) =>
    sql`update managed_repos set last_sbom_at = ${time}::text::timestamptz where slug = ${slug}`;
}

/** Adds goals with these statuses. */
export function addGoals(...statuses: readonly string[]): Prepare {
  return async ({ sql, id }, slug) => {
    const repoId = await id(slug);
    for (const status of statuses)
      await sql`insert into repo_goals (repo_id, title, status) values (${repoId}, 'A goal', ${status})`;
  };
}

/** Adds a number of snapshots of third-party services. */
export function addSnapshots(count: number): Prepare {
  return async ({ sql, id }, slug) => {
    const repoId = await id(slug);
    await sql`insert into tpsc_snapshots (repo_id) select ${repoId} from generate_series(1, ${count})`;
  };
}

/** Runs several of these steps in order. */
export function inOrder(...steps: readonly Prepare[]): Prepare {
  return async (world, slug) => {
    for (const step of steps) await step(world, slug);
  };
}
